import { ByteQueue } from './byte_queue';
import * as errors from './errors';
import { StreamError } from './errors';
import { Plain, message, toNumber, value } from './messages';
import { BEFORE_ATTACHED, ReceiveWindow, SendCredit, WindowBudget } from './window';

/** How far a pair has come, and where it leads. */
export interface OpenInfo {
  /** The TCP connection stands (to the first proxy, if there is one). */
  connected: boolean;
  /** All handshakes are done. */
  ready: boolean;
  remoteAddress: string;
  /** The server's end of the connection. */
  localAddress: string;
  /** The report of the last TLS handshake. */
  tls?: Plain;
}

/** The server's last word on a stream. What it has not said is 0. */
export interface EndInfo {
  bytesRead: number;
  bytesWritten: number;
  /** The pair still exists and may be attached to again. */
  held: boolean;
  /** How the target finished: a FinishKind. */
  finishKind: number;
}

const HALF_READ = value('Half', 'HALF_READ');
const HALF_WRITE = value('Half', 'HALF_WRITE');
const OPEN_COMPLETED = value('StreamEventType', 'STREAM_EVENT_TYPE_OPEN_COMPLETED');
const READY = value('StreamEventType', 'STREAM_EVENT_TYPE_READY');
const TLS_COMPLETED = value('StreamEventType', 'STREAM_EVENT_TYPE_TLS_HANDSHAKE_COMPLETED');

type Fault = StreamError | undefined;

/**
 * One channel of a Transfer RPC as a pure state machine: no I/O, no clock; the RPC drives it.
 *
 * Three parties call it. The application reads, writes, finishes and resets; deliver... takes what the server sent and
 * returns what was wrong with it (the RPC then resets the channel); send... puts frames into a message. Terminal states
 * are sticky and the first failure wins.
 */
export class Channel {
  attachSent = false;
  attached = false;
  pairName = '';
  readonly open: OpenInfo = { connected: false, ready: false, remoteAddress: '', localAddress: '' };
  readonly end: EndInfo = { bytesRead: 0, bytesWritten: 0, held: false, finishKind: 0 };

  readonly unsent = new ByteQueue();
  bytesWritten = 0; // By the application.
  readonly credit = new SendCredit();
  writerWaiting = false;
  finishWanted: boolean;
  finishSent: boolean;
  resetWanted = false;
  resetSent = false;

  readonly unread = new ByteQueue();
  bytesTaken = 0; // By the application.
  readonly window: ReceiveWindow;
  targetFinished: boolean;
  ended = false;
  error: StreamError | undefined;
  readonly propertyResults = new Map<number, StreamError | undefined>();

  // Kept here for SendTurns.
  controlQueued = false;
  turnQueued = false;

  private attach: Plain | undefined;
  private grant = 0;
  private abandoned = false;
  private dropped = false; // Bytes came, or were there, that nobody will read.
  // Frames that keep their place between the bytes: after how many written ones.
  private properties: { after: number; frame: Plain }[] = [];
  private nextProperty = 1;

  constructor(readonly number: number, attach: Plain, window: number, readonly unsentLimit: number,
              budget: WindowBudget) {
    // A half that is not ours counts as finished from the start.
    this.finishWanted = this.finishSent = attach.halves === HALF_READ;
    this.targetFinished = attach.halves === HALF_WRITE;
    this.attach = { channel: number, attach: { ...attach, window } };
    this.window = new ReceiveWindow(window, budget);
  }

  // The application's side.

  get readOver(): boolean { return this.targetFinished || this.ended; }

  /** Up to `limit` bytes; 'end'; an error; undefined: nothing yet. */
  read(limit: number, windowLimit: number): Buffer | 'end' | StreamError | undefined {
    if (this.unread.size > 0) {
      const piece = this.unread.take(limit);
      this.consumed(piece.length, windowLimit);
      return piece;
    }
    // An orderly end stays one when the other direction fails later; a reset here ends everything.
    if (this.targetFinished && !this.resetWanted) return 'end';
    if (this.error) return this.error;
    return this.readOver ? 'end' : undefined;
  }

  /** Drops what is unread, which keeps credit flowing. */
  skip(): void {
    const size = this.unread.size;
    this.unread.clear();
    if (size > 0) this.consumed(size, 0);
  }

  private consumed(bytes: number, windowLimit: number): void {
    this.bytesTaken += bytes;
    const grant = this.window.onConsumed(bytes, windowLimit);
    if (!this.readOver) this.grant += grant;
  }

  get writeOver(): boolean { return this.error !== undefined || this.finishWanted || this.ended; }

  writeError(): StreamError {
    return this.error ?? (this.finishWanted ? errors.afterFinish() : errors.pairOver());
  }

  /** Bytes that may be appended now; 0 also when nothing can be written any more. */
  get room(): number { return this.writeOver ? 0 : Math.max(0, this.unsentLimit - this.unsent.size); }

  /** Enough room to be worth a writer's while, or an error. */
  get writable(): boolean { return 2 * this.room >= this.unsentLimit || this.writeOver; }

  write(bytes: Uint8Array): void {
    this.unsent.append(bytes);
    this.bytesWritten += bytes.length;
  }

  /** Puts the property after the data that was written; its id. */
  setProperty(property: Plain, readOffset?: number): number {
    const id = this.nextProperty++;
    const frame = { channel: this.number, setProperty: { id, property, ...(readOffset !== undefined && { readOffset }) } };
    this.properties.push({ after: this.bytesWritten, frame });
    return id;
  }

  finish(): void { this.finishWanted = true; }

  /** Gives the pair up. Drops what is unread and unsent. */
  reset(why: StreamError): void {
    if (this.ended || this.resetWanted) return;
    this.error ??= why;
    this.resetWanted = true;
    this.unread.clear();
    this.stopSending();
    // A channel that the server never heard of needs no farewell.
    if (!this.attachSent) {
      this.attach = undefined;
      this.resetSent = true;
    }
  }

  /**
   * The application is gone, as after closing a socket: what is unsent still goes, and the FIN after it. As from a
   * kernel, the target gets a RST if it sent or sends what nobody will read.
   */
  abandon(): void {
    if (this.error || this.ended) return;
    if (!this.open.ready && this.unsent.size === 0) {
      this.reset(errors.resetHere());
      return;
    }
    this.abandoned = true;
    this.finishWanted = true;
    this.dropped = this.unread.size > 0;
    this.unread.clear();
    this.resetIfDropped();
  }

  private resetIfDropped(): void {
    if (this.abandoned && this.dropped && this.finishSent) this.reset(errors.resetHere());
  }

  // The server's side. Nothing may be delivered once overOnWire.

  get overOnWire(): boolean { return this.ended || this.resetSent; }

  deliverData(payload: Uint8Array, starved: boolean): Fault {
    if (this.resetWanted) return undefined;
    if (payload.length === 0) return errors.protocolBroken('data without bytes');
    if (this.targetFinished) return errors.protocolBroken("data after the target's finish");
    if (!this.window.onData(payload.length, starved)) return errors.creditBroken('more data than was granted');
    if (this.abandoned) {
      this.dropped = true;
      this.resetIfDropped();
    } else {
      this.unread.append(payload);
    }
    return undefined;
  }

  deliver(frame: Plain): Fault {
    if (frame.end) {
      this.deliverEnd(frame.end);
      return undefined;
    }
    if (this.resetWanted) return undefined;
    if (frame.window) {
      const increment = frame.window.increment ?? 0;
      if (increment === 0 || !this.credit.grant(increment)) return errors.creditBroken('a window frame out of range');
    } else if (frame.finish) {
      if (this.targetFinished) return errors.protocolBroken('a second finish');
      this.targetFinished = true;
      this.end.finishKind = frame.finish.kind ?? 0;
      this.grant = 0;
    } else if (frame.attached) {
      return this.deliverAttached(frame.attached);
    } else if (frame.event) {
      this.deliverEvent(frame.event);
    } else if (frame.propertyResult) {
      const { id, error } = frame.propertyResult;
      this.propertyResults.set(id, error ? new StreamError(error) : undefined);
    }
    return undefined; // Anything else is of no use to us, or was added by a later version.
  }

  private deliverAttached(attached: Plain): Fault {
    if (this.attached) return errors.protocolBroken('a second attached');
    // What may be sent before this frame counts towards the window.
    const window = attached.window ?? 0;
    if (window < BEFORE_ATTACHED || !this.credit.grant(window - BEFORE_ATTACHED)) {
      return errors.creditBroken('the first window is out of range');
    }
    this.attached = true;
    this.pairName = attached.name ?? '';
    return undefined;
  }

  private deliverEvent(event: Plain): void {
    if (event.type === OPEN_COMPLETED) {
      this.open.connected = true;
      this.open.remoteAddress = event.remoteAddress ?? '';
      this.open.localAddress = event.localAddress ?? '';
    } else if (event.type === READY) {
      this.open.ready = true;
    } else if (event.type === TLS_COMPLETED) {
      this.open.tls = message('TlsHandshakeReport').toObject(event.tlsHandshakeReport ?? {}, { enums: String });
    }
  }

  private deliverEnd(end: Plain): void {
    this.ended = true;
    this.end.bytesRead = toNumber(end.bytesRead);
    this.end.bytesWritten = toNumber(end.bytesWritten);
    this.end.held = end.held ?? false;
    if (end.error) this.error ??= new StreamError(end.error);
    this.stopSending();
  }

  /** The RPC ended without an end frame. */
  deliverRpcLost(why: StreamError): void {
    this.ended = true;
    this.error ??= why;
    this.attach = undefined;
    this.stopSending();
  }

  private stopSending(): void {
    this.unsent.clear();
    this.properties = [];
    this.grant = 0;
  }

  // The wire's side.

  /** Frames that take no turn: attach, window, reset. */
  get wantsControl(): boolean {
    return !this.overOnWire && (!this.attachSent || this.resetWanted || this.grant > 0);
  }

  sendControl(frames: Plain[]): void {
    if (this.overOnWire) return;
    if (!this.attachSent) {
      frames.push(this.attach!);
      this.attach = undefined;
      this.attachSent = true;
    }
    if (this.resetWanted) {
      frames.push({ channel: this.number, reset: {} });
      this.resetSent = true;
    } else if (this.grant > 0) {
      frames.push({ channel: this.number, window: { increment: this.grant } });
      this.grant = 0;
    }
  }

  /** Of what is unsent, how much goes before the next property; undefined: there is none. */
  private bytesToProperty(): number | undefined {
    const next = this.properties[0];
    return next && next.after - (this.bytesWritten - this.unsent.size);
  }

  /** Data within credit, and what comes in order with it. */
  get wantsTurn(): boolean {
    if (this.overOnWire || this.resetWanted || !this.attachSent || this.finishSent) return false;
    if (this.bytesToProperty() === 0) return true;
    return this.unsent.size > 0 ? this.credit.available > 0 : this.finishWanted;
  }

  /** Sends at most `quantum` bytes; returns how many. */
  sendTurn(quantum: number, frames: Plain[]): number {
    if (!this.wantsTurn) return 0;
    let total = 0;
    let last: Plain | undefined;
    for (;;) {
      const before = this.bytesToProperty();
      if (before === 0) {
        frames.push(this.properties.shift()!.frame);
        continue;
      }
      const part = Math.min(quantum - total, this.unsent.size, this.credit.available, before ?? Infinity);
      if (part <= 0) break;
      const payload = this.unsent.take(part);
      last = { payload };
      frames.push({ channel: this.number, data: last });
      this.credit.available -= payload.length;
      total += payload.length;
    }
    // Before the server has told its window we do not know our last credit.
    if (last && this.attached && this.credit.available === 0 && (this.unsent.size > 0 || this.writerWaiting)) {
      last.starved = true;
    }
    if (this.finishWanted && this.unsent.size === 0 && this.properties.length === 0) {
      frames.push({ channel: this.number, finish: {} });
      this.finishSent = true;
      this.resetIfDropped();
    }
    return total;
  }
}
