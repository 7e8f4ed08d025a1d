import * as net from 'node:net';
import { Duplex } from 'node:stream';
import { Channel, EndInfo, OpenInfo } from './channel';
import * as errors from './errors';
import { StreamError } from './errors';
import type { Property } from './generated/streampair/v1/Property';
import type { SslContext } from './generated/streampair/v1/SslContext';
import type { SslSettings } from './generated/streampair/v1/SslSettings';
import type { TlsHandshakeReport__Output } from './generated/streampair/v1/TlsHandshakeReport';
import { message } from './messages';
import { Seat, TransferRpc } from './rpc';

const READ_AHEAD = 64 << 10; // In the Duplex, beside the window.
const PIECE = 256 << 10;

/** What a socket has of net.Socket's options. */
export interface SocketOptions {
  /** False, as for net.Socket: the target's FIN ends the other direction too, once all is written. */
  allowHalfOpen?: boolean;
  /** Milliseconds without any bytes until 'timeout' is emitted. */
  timeout?: number;
  /** Destroys the socket. */
  signal?: AbortSignal;
}

/** protobufjs wants numbers and bytes; people write names of enums and Buffers. */
function property(plain: Property): any {
  return message('Property').fromObject(plain as object);
}

/**
 * One pair: a Duplex that stands in for net.Socket.
 *
 * Emits 'connect' and 'ready' when bytes may flow (all handshakes done), 'secureConnect' before them if the server has
 * made TLS with the target; 'data', 'end', 'drain', 'finish', 'timeout', 'error' (a StreamError), 'close'. What may wait
 * here is bounded: unread bytes by the window, unsent ones by unsentLimit.
 *
 * `end()` is the FIN. `destroy()` is close(2): what was written still goes, then a FIN, and a RST for a target that sends
 * on. `resetAndDestroy()` cuts. `finished()` waits for the server's last word.
 */
export class Socket extends Duplex {
  connecting = true;
  timeout: number | undefined;
  bytesRead = 0;
  private bytesWrittenHere = 0;
  private readonly channel: Channel;
  private wantsRead = false;
  private failed: StreamError | undefined;
  private endPushed = false;
  private waitingWrite: ((error?: Error | null) => void) | undefined;
  private waitingFinal: ((error?: Error | null) => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private watchers = new Set<() => void>();

  constructor(private readonly rpc: TransferRpc, private readonly seat: Seat, options: SocketOptions = {}) {
    super({ allowHalfOpen: options.allowHalfOpen ?? false, readableHighWaterMark: READ_AHEAD,
      writableHighWaterMark: READ_AHEAD, ...(options.signal && { signal: options.signal }) });
    this.channel = seat.channel;
    seat.changed = () => this.changed();
    if (options.timeout) this.setTimeout(options.timeout);
    // What failed at once is told after the caller could listen.
    process.nextTick(() => this.changed());
  }

  // From the RPC.

  private changed(): void {
    for (const watcher of [...this.watchers]) watcher();
    if (this.destroyed) return;
    const channel = this.channel;
    if (this.connecting && channel.open.ready) {
      this.connecting = false;
      if (channel.open.tls) this.emit('secureConnect');
      this.emit('connect');
      this.emit('ready');
    }
    if (this.wantsRead) this.pull();
    if (this.waitingWrite && channel.writable) {
      const done = this.waitingWrite;
      this.waitingWrite = undefined;
      channel.writerWaiting = false;
      this.touch();
      done(channel.writeOver ? channel.writeError() : null);
    }
    if (this.waitingFinal && (channel.finishSent || channel.overOnWire || channel.error)) {
      const done = this.waitingFinal;
      this.waitingFinal = undefined;
      done(channel.finishSent ? null : channel.error ?? null);
    }
    if (channel.error && channel.unread.size === 0) this.fail(channel.error);
  }

  private pull(): void {
    while (this.wantsRead && !this.endPushed) {
      const found = this.channel.read(PIECE, this.rpc.windowLimit(this.channel));
      if (found === undefined) return;
      if (found === 'end') {
        this.endPushed = true;
        this.push(null);
      } else if (found instanceof StreamError) {
        this.fail(found);
        return;
      } else {
        this.bytesRead += found.length;
        this.touch();
        this.wantsRead = this.push(found);
        if (this.channel.wantsControl) this.rpc.update(this.seat);
      }
    }
  }

  /** Ends with the error once what came before it was read. */
  private fail(error: StreamError): void {
    this.failed = error;
    // An orderly end stays one; the error then is the writer's.
    if (this.readableLength === 0 || this.endPushed) process.nextTick(() => this.failIfRead());
  }

  private failIfRead(): void {
    if (this.failed && !this.destroyed && this.channel.unread.size === 0
        && (this.readableLength === 0 || this.endPushed)) {
      this.destroy(this.failed);
    }
  }

  // stream.Duplex's own.

  override read(size?: number): any {
    const data = super.read(size);
    if (this.failed) process.nextTick(() => this.failIfRead());
    return data;
  }

  override _read(): void {
    this.wantsRead = true;
    this.pull();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const channel = this.channel;
    if (channel.writeOver) {
      done(channel.writeError());
      return;
    }
    this.bytesWrittenHere += chunk.length;
    this.touch();
    // The caller may change its buffer once `done` was called.
    channel.write(Buffer.from(chunk));
    channel.writerWaiting = this.writableLength > chunk.length || channel.room === 0;
    if (channel.room > 0) {
      this.rpc.update(this.seat);
      done();
    } else {
      this.waitingWrite = done;
      this.rpc.update(this.seat);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.waitingFinal = done;
    this.channel.finish();
    this.rpc.update(this.seat);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.timer);
    this.connecting = false;
    this.rpc.release(this.seat);
    for (const watcher of [...this.watchers]) watcher();
    done(error);
  }

  // net.Socket's.

  get pending(): boolean { return this.connecting; }
  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed';
  }
  get bytesWritten(): number { return this.bytesWrittenHere; }
  get remoteAddress(): string | undefined { return split(this.channel.open.remoteAddress)?.address; }
  get remotePort(): number | undefined { return split(this.channel.open.remoteAddress)?.port; }
  get remoteFamily(): string | undefined { return split(this.channel.open.remoteAddress)?.family; }
  /** The server's end of the connection. */
  get localAddress(): string | undefined { return split(this.channel.open.localAddress)?.address; }
  get localPort(): number | undefined { return split(this.channel.open.localAddress)?.port; }
  get localFamily(): string | undefined { return split(this.channel.open.localAddress)?.family; }
  address(): net.AddressInfo | {} { return split(this.channel.open.localAddress) ?? {}; }

  /** Emits 'timeout' after so many milliseconds without bytes; 0: never. Ends nothing by itself. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    this.timeout = milliseconds;
    if (callback) milliseconds > 0 ? this.once('timeout', callback) : this.removeListener('timeout', callback);
    this.touch();
    return this;
  }

  private touch(): void {
    if (!this.timeout) {
      clearTimeout(this.timer);
      this.timer = undefined;
    } else if (this.timer && (this.timer as any)._idleTimeout === this.timeout && !this.destroyed) {
      this.timer.refresh();
    } else if (!this.destroyed) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.emit('timeout'), this.timeout).unref();
    }
  }

  /** On by default; properties of the pair set the server's socket. */
  setNoDelay(_on?: boolean): this { return this; }
  setKeepAlive(_on?: boolean, _delay?: number): this { return this; }
  /** The connection to the server, which all streams share, decides whether the program lives on. */
  ref(): this { return this; }
  unref(): this { return this; }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** A RST for the target. Drops what is unread and unsent. */
  resetAndDestroy(): this {
    this.rpc.reset(this.seat);
    this.failed = undefined;
    return this.destroy();
  }

  // Ours.

  /** How far the pair has come. */
  get openInfo(): Readonly<OpenInfo> { return this.channel.open; }
  get endInfo(): Readonly<EndInfo> { return this.channel.end; }
  /** Empty before the server has told it. */
  get pairName(): string { return this.channel.pairName; }
  /** Bytes that are here and were not read. */
  get unread(): number { return this.channel.unread.size + this.readableLength; }

  /** Resolves when bytes may flow; rejects with what went wrong, or after `timeout` milliseconds. */
  opened(timeout?: number): Promise<OpenInfo> {
    return this.until(() => this.channel.open.ready, timeout).then(() => this.channel.open);
  }

  /** Finishes, drops what still comes, and waits for the server's last word. Rejects with the stream's failure. */
  async finished(timeout?: number): Promise<EndInfo> {
    this.removeAllListeners('data');
    this.resume();
    if (!this.writableEnded && !this.destroyed) this.end();
    try {
      await this.until(() => this.channel.ended, timeout);
    } catch (error) {
      if (!this.channel.ended) this.rpc.reset(this.seat);
      throw error;
    }
    if (this.channel.error) throw this.channel.error;
    return this.channel.end;
  }

  /** Sets a property between exactly the data before and after it. */
  async setProperty(plain: Property, readOffset?: number): Promise<void> {
    if (this.channel.writeOver) throw this.channel.writeError();
    if (this.writableLength > 0) await new Promise<void>((resolve) => this.write('', () => resolve()));
    const id = this.channel.setProperty(property(plain), readOffset);
    this.rpc.update(this.seat);
    await this.until(() => this.channel.propertyResults.has(id));
    const error = this.channel.propertyResults.get(id);
    this.channel.propertyResults.delete(id);
    if (error) throw error;
  }

  /**
   * STARTTLS: what was written before goes in the clear, what comes after within TLS. Read the target's answer to the
   * last command in the clear before; what the server has read beyond what was read here is refused as an injection.
   * Resolves after the handshake.
   */
  async startTls(tls: SslSettings | SslContext | true = true, kind: 'settings' | 'context' = 'settings'):
      Promise<TlsHandshakeReport__Output> {
    delete this.channel.open.tls;
    const value: Property = kind === 'context' ? { sslContext: tls as SslContext }
      : { sslSettings: tls === true ? {} : tls as SslSettings };
    await this.setProperty(value, this.channel.bytesTaken - this.readableLength);
    await this.until(() => this.channel.open.tls !== undefined);
    return this.openInfo.tls as TlsHandshakeReport__Output;
  }

  /** Until that is so; rejects if the stream is over before. */
  private until(reached: () => boolean, timeout?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const over = (settle: () => void) => {
        clearTimeout(timer);
        this.watchers.delete(look);
        settle();
      };
      const look = () => {
        if (reached()) over(resolve);
        else if (this.channel.error) over(() => reject(this.channel.error));
        else if (this.channel.ended) over(() => reject(errors.pairOver()));
      };
      this.watchers.add(look);
      if (timeout !== undefined) timer = setTimeout(() => over(() => reject(errors.timedOut())), timeout);
      look();
    });
  }
}

function split(text: string): net.AddressInfo | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return undefined;
  const address = text.slice(0, colon).replace(/^\[|\]$/g, '');
  return { address, port: Number(text.slice(colon + 1)), family: net.isIPv6(address) ? 'IPv6' : 'IPv4' };
}
