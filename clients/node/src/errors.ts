import { Metadata, StatusObject, status as Status } from '@grpc/grpc-js';
import * as os from 'node:os';
import * as protobuf from 'protobufjs';
import { Plain, message, nameOf, value } from './messages';

/** Who stated an error: the server; the RPC to it, which failed without a StreamError; or this side. */
export type Origin = 'server' | 'transport' | 'client';

/**
 * One failure. Branch on the triple, the stage or `code`, never on the text.
 *
 * As with Node's own errors `code` is a word ("ECONNREFUSED") and `errno` a negative errno for the POSIX domain; the
 * number of the triple is `triple[2]`.
 */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  /** The code's symbol, for instance "ECONNREFUSED", "EAI_NONAME"; the triple as text if it has none. */
  readonly code: string;
  readonly errno: number | undefined;
  readonly triple: readonly [domain: number, subdomain: number, code: number];
  /** Where it happened: "connect", "resolve", "tls"... Empty if not known. */
  readonly stage: string;
  /** The word of RFC 9209, for instance "connection_refused". */
  readonly reason: string;
  /** The address concerned. */
  readonly address: string;
  readonly retryable: boolean;

  constructor(readonly proto: Plain, readonly origin: Origin = 'server',
              /** gRPC's own word, if the failure came as the status of an RPC. */
              readonly statusCode?: Status) {
    super(describe(proto));
    this.triple = [proto.domain ?? 0, proto.subdomain ?? 0, proto.code ?? 0];
    this.code = proto.symbol || tripleText(proto);
    this.errno = this.triple[0] === POSIX ? -this.triple[2] : undefined;
    this.stage = stageText(proto.stage ?? 0);
    this.reason = reasonText(proto.reason ?? 0);
    this.address = proto.address ?? '';
    this.retryable = proto.retryable ?? false;
  }

  get domain(): number { return this.triple[0]; }
  get subdomain(): number { return this.triple[1]; }

  /** Whether this is that triple. */
  is(domain: number, subdomain: number, code: number): boolean {
    return this.triple[0] === domain && this.triple[1] === subdomain && this.triple[2] === code;
  }
}

const POSIX = value('ErrorDomain', 'ERROR_DOMAIN_POSIX');
const STREAMPAIR = value('ErrorDomain', 'ERROR_DOMAIN_STREAMPAIR');

function stageText(stage: number): string {
  return stage ? nameOf('ErrorStage', 'ERROR_STAGE_', stage).toLowerCase() : '';
}

function reasonText(reason: number): string {
  return reason ? nameOf('ErrorReason', 'ERROR_REASON_', reason).toLowerCase() : '';
}

function tripleText(proto: Plain): string {
  const domain = proto.domain ? nameOf('ErrorDomain', 'ERROR_DOMAIN_', proto.domain) : '';
  return `(${domain}, ${proto.subdomain ?? 0}, ${proto.code ?? 0})`;
}

/** On one line: "ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused, 127.0.0.1:9: the text". */
function describe(proto: Plain): string {
  let text = tripleText(proto);
  if (proto.symbol) text = `${proto.symbol} ${text}`;
  if (proto.stage) text += ` at stage ${stageText(proto.stage)}`;
  if (proto.reason) text += `, ${reasonText(proto.reason)}`;
  if (proto.address) text += `, ${proto.address}`;
  return proto.message ? `${text}: ${proto.message}` : text;
}

// What this side states itself, one function a row.

function ours(name: string, stage: string, text: string, origin: Origin = 'client', statusCode?: Status,
              retryable = false): StreamError {
  const code = value('StreampairCode', `STREAMPAIR_CODE_${name}`);
  return new StreamError({ domain: STREAMPAIR, subdomain: 0, code, packedError: code, symbol: name, message: text,
    stage: value('ErrorStage', `ERROR_STAGE_${stage}`), retryable }, origin, statusCode);
}

function posix(symbol: keyof typeof os.constants.errno, reason: string, text: string): StreamError {
  const code = os.constants.errno[symbol];
  return new StreamError({ domain: POSIX, subdomain: 0, code, packedError: code, symbol, message: text,
    stage: value('ErrorStage', 'ERROR_STAGE_STREAM'), reason: value('ErrorReason', `ERROR_REASON_${reason}`) },
  'client');
}

export const timedOut = (): StreamError =>
  posix('ETIMEDOUT', 'CONNECTION_READ_TIMEOUT', 'the time-out of this side has passed');
export const pairOver = (): StreamError => posix('EPIPE', 'CONNECTION_TERMINATED', 'the pair has ended');
export const resetHere = (): StreamError => ours('RESET_BY_CLIENT', 'STREAM', 'the stream was reset by this client');
export const afterFinish = (): StreamError =>
  ours('AFTER_FINISH', 'REQUEST', 'nothing can be written after the finish');
export const clientClosed = (): StreamError => ours('WRONG_STATE', 'REQUEST', 'this client was closed');
export const attachTooLarge = (): StreamError =>
  ours('MESSAGE_TOO_LARGE', 'REQUEST', 'what is asked of the pair takes more than 1 MiB');
export const creditBroken = (what: string): StreamError =>
  ours('CREDIT_EXCEEDED', 'INTERNAL', `the server broke the rules of credit: ${what}`);
export const protocolBroken = (what: string): StreamError =>
  ours('MALFORMED_MESSAGE', 'INTERNAL', `the server's message makes no sense: ${what}`);
export const cancelled = (): StreamError =>
  ours('CLIENT_GONE', 'STREAM', 'cancelled by this client', 'client', Status.CANCELLED);
export const serverSilent = (): StreamError => ours('CLIENT_GONE', 'UNSPECIFIED',
  'the server has not answered heartbeats; the connection to it is taken for lost', 'transport', Status.UNAVAILABLE,
  true);
export const endedWithoutEnd = (): StreamError =>
  ours('CLIENT_GONE', 'UNSPECIFIED', 'the server ended the RPC without ending the stream', 'transport');

// google.rpc.Status, as far as it concerns us.
const Any = new protobuf.Type('Any').add(new protobuf.Field('typeUrl', 1, 'string'))
  .add(new protobuf.Field('value', 2, 'bytes'));
const RpcStatus = new protobuf.Type('Status').add(new protobuf.Field('details', 3, 'Any', 'repeated')).add(Any);

/** From the end of an RPC: the StreamError in its details if there is one, else what the status amounts to. */
export function fromStatus(status: Pick<StatusObject, 'code' | 'details'> & { metadata?: Metadata }): StreamError {
  for (const data of status.metadata?.get('grpc-status-details-bin') ?? []) {
    try {
      for (const detail of (RpcStatus.decode(data as Buffer) as Plain).details ?? []) {
        if (detail.typeUrl.endsWith('/streampair.v1.StreamError')) {
          return new StreamError(message('StreamError').decode(detail.value), 'server', status.code);
        }
      }
    } catch {
      // Not ours after all.
    }
  }
  if (status.code === Status.OK) return endedWithoutEnd();
  const names: { [code: number]: string } = {
    [Status.UNIMPLEMENTED]: 'UNIMPLEMENTED',
    [Status.RESOURCE_EXHAUSTED]: 'MESSAGE_TOO_LARGE',
    [Status.PERMISSION_DENIED]: 'POLICY_DENIED',
    [Status.UNAUTHENTICATED]: 'POLICY_DENIED',
  };
  return ours(names[status.code] ?? 'CLIENT_GONE', 'UNSPECIFIED', status.details, 'transport', status.code,
    status.code === Status.UNAVAILABLE);
}
