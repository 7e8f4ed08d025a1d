import { ChannelCredentials, Client as GrpcClient, ClientOptions as GrpcOptions, Metadata, ServiceError, credentials,
} from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import * as errors from './errors';
import type { ExplainErrorResponse__Output } from './generated/streampair/v1/ExplainErrorResponse';
import type { Property } from './generated/streampair/v1/Property';
import type { SocksProxy } from './generated/streampair/v1/SocksProxy';
import type { SslContext } from './generated/streampair/v1/SslContext';
import type { SslSettings } from './generated/streampair/v1/SslSettings';
import type { StreamPairSpec } from './generated/streampair/v1/StreamPairSpec';
import type { StreamPair__Output } from './generated/streampair/v1/StreamPair';
import { Plain, message } from './messages';
import { RpcOptions, SERVICE, Seat, TransferRpc } from './rpc';
import { Socket, SocketOptions } from './socket';

export const DEFAULT_SERVER = '127.0.0.1:7450';

/** How to reach a server. */
export interface ClientOptions extends RpcOptions {
  /** For a server that wants TLS. Default: none. */
  credentials?: ChannelCredentials;
  /** Sent with every RPC: "authorization" and the like. */
  metadata?: { [key: string]: string };
  /** Milliseconds for RPCs that answer once. Default 30 s. */
  callTimeout?: number;
  /** Handed to grpc-js. */
  grpc?: GrpcOptions;
}

/** How one stream behaves. */
export interface StreamOptions extends SocketOptions {
  /** The receive window to begin with. Default 256 KiB. */
  window?: number;
  /** How much written data may wait here for credit. Default 512 KiB. */
  unsentLimit?: number;
  /** Which halves to use. Default: all that the pair has. */
  halves?: 'HALF_READ' | 'HALF_WRITE' | 'HALF_BOTH';
}

/** What is asked of a new pair. Nothing is checked here: the server is the authority. */
export interface PairOptions {
  host: string;
  port: number;
  /** The server speaks TLS with the target; true: with defaults. */
  tls?: true | SslSettings;
  /** Likewise, with everything that can be set. */
  tlsContext?: SslContext;
  /** The proxy on the way. */
  socks?: SocksProxy;
  labels?: { [key: string]: string };
  /** Milliseconds from open to connected, counted by the server. */
  connectTimeout?: number;
  /** Milliseconds that the server keeps the pair when its client is gone. Default: it goes with the client. */
  hold?: number;
  /** Anything else of property.proto. */
  properties?: Property[];
}

export type ConnectOptions = PairOptions & StreamOptions;

function duration(milliseconds: number): { seconds: number; nanos: number } {
  return { seconds: Math.floor(milliseconds / 1000), nanos: Math.round((milliseconds % 1000) * 1e6) };
}

/** A pair to a host, by name or IP literal. */
export function pairSpec(options: PairOptions): StreamPairSpec {
  const properties: Property[] = [];
  if (options.connectTimeout !== undefined) properties.push({ timeouts: { connect: duration(options.connectTimeout) } });
  if (options.socks) properties.push({ socksProxy: options.socks });
  if (options.tls) properties.push({ sslSettings: options.tls === true ? {} : options.tls });
  if (options.tlsContext) properties.push({ sslContext: options.tlsContext });
  properties.push(...(options.properties ?? []));
  return {
    target: { host: { name: options.host, port: options.port } },
    properties,
    ...(options.labels && { labels: options.labels }),
    ...(options.hold !== undefined && { holdTimeout: duration(options.hold) }),
  };
}

/**
 * A server, seen from a program. Connects when first used, and again when the connection was lost.
 *
 * All streams share one RPC, each with credit of its own, so a stream that nobody reads holds its window and slows no
 * other. After a notice that the server is going down new streams get a new RPC.
 */
export class Client {
  private readonly grpc: GrpcClient;
  private readonly metadata = new Metadata();
  private rpc: TransferRpc | undefined;
  private isClosed = false;

  /** `server`: "host:port", "unix:/path"; default $STREAMPAIR_SERVER or 127.0.0.1:7450. */
  constructor(server?: string, private readonly options: ClientOptions = {}) {
    const address = server || process.env.STREAMPAIR_SERVER || DEFAULT_SERVER;
    for (const [key, value] of Object.entries(options.metadata ?? {})) this.metadata.set(key, value);
    this.grpc = new GrpcClient(address, options.credentials ?? credentials.createInsecure(), {
      'grpc.max_receive_message_length': 8 << 20,
      'grpc.primary_user_agent': 'streampair-node',
      // A connection of its own, so that it is ours to close.
      'grpc.use_local_subchannel_pool': 1,
      // Our own windows bound each stream; the RPC needs room for several of them.
      'grpc-node.flow_control_window': 4 << 20,
      ...options.grpc,
    });
  }

  /** A socket to a new pair. As net.connect it does not wait: 'connect' or 'error' follows. */
  connect(options: ConnectOptions, onConnect?: () => void): Socket;
  connect(port: number, host: string, onConnect?: () => void): Socket;
  connect(first: ConnectOptions | number, second?: string | (() => void), third?: () => void): Socket {
    const options = typeof first === 'number' ? { port: first, host: second as string } : first;
    const socket = this.open(pairSpec(options), options);
    const onConnect = typeof second === 'function' ? second : third;
    if (onConnect) socket.once('connect', onConnect);
    return socket;
  }

  /** As connect, to whatever the spec says. */
  open(spec: StreamPairSpec, options: StreamOptions = {}): Socket {
    return this.seat({ create: spec }, options);
  }

  /** A socket to a pair that exists: made by create(), or held. */
  attach(name: string, options: StreamOptions & { readOffset?: number } = {}): Socket {
    return this.seat({ name, ...(options.readOffset !== undefined && { readOffset: options.readOffset }) }, options);
  }

  private seat(attach: Plain, options: StreamOptions): Socket {
    if (this.isClosed) throw errors.clientClosed();
    const frame = message('Attach').fromObject({ ...attach, ...(options.halves && { halves: options.halves }) });
    const plain = message('Attach').toObject(frame) as Plain;
    let seat: Seat | undefined;
    for (;;) {
      this.rpc ??= new TransferRpc(this.grpc, this.metadata, this.options);
      seat = this.rpc.open(plain, options.window ?? 256 << 10, options.unsentLimit ?? 512 << 10);
      if (seat) return new Socket(this.rpc, seat, options);
      this.rpc = undefined; // It ended meanwhile.
    }
  }

  /** Ends the RPC of all streams at once; they fail. The next stream gets a new one. */
  cancel(): void {
    this.rpc?.cancel();
    this.rpc = undefined;
  }

  /** Cuts streams that live on; those that were ended before have arrived. */
  async close(): Promise<void> {
    this.isClosed = true;
    const rpc = this.rpc;
    this.rpc = undefined;
    await rpc?.close();
    this.grpc.close();
  }

  /** Makes a pair that waits to be attached to. The request carries an id of its own, so it may be repeated. */
  async create(spec: StreamPairSpec): Promise<StreamPair__Output> {
    return (await this.unary('CreateStreamPair', { spec, requestId: randomUUID() })).streamPair;
  }

  async get(name: string): Promise<StreamPair__Output> {
    return (await this.unary('GetStreamPair', { name })).streamPair;
  }

  /** The caller's pairs, oldest first; `labels` must all match. */
  async list(labels: { [key: string]: string } = {}): Promise<StreamPair__Output[]> {
    const pairs: StreamPair__Output[] = [];
    for (let pageToken = ''; ;) {
      const page = await this.unary('ListStreamPairs', { pageSize: 1000, pageToken, labels });
      pairs.push(...page.streamPairs);
      if (!(pageToken = page.nextPageToken)) return pairs;
    }
  }

  /** Releases the pair. */
  async delete(name: string): Promise<void> {
    await this.unary('DeleteStreamPair', { name });
  }

  /** What a number means. With subdomain 0 a packed SOCKS code is split. */
  async explain(domain: number, subdomain: number, code: number): Promise<ExplainErrorResponse__Output> {
    return await this.unary('ExplainError', { domain, subdomain, code }) as ExplainErrorResponse__Output;
  }

  private unary(method: string, request: Plain): Promise<Plain> {
    const Request = message(`${method}Request`);
    const Response = message(`${method}Response`);
    return new Promise((resolve, reject) => {
      this.grpc.makeUnaryRequest(`${SERVICE}${method}`,
        (plain: Plain) => Request.encode(Request.fromObject(plain)).finish() as Buffer,
        (data: Buffer) => Response.toObject(Response.decode(data),
          { enums: String, longs: Number, defaults: true, oneofs: true }) as Plain,
        request, this.metadata, { deadline: Date.now() + (this.options.callTimeout ?? 30_000) },
        (error: ServiceError | null, response?: Plain) => {
          if (error) reject(errors.fromStatus(error));
          else resolve(response!);
        });
    });
  }
}
