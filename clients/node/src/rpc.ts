import { Client as GrpcClient, ClientDuplexStream, Metadata, StatusObject } from '@grpc/grpc-js';
import { Channel } from './channel';
import * as errors from './errors';
import { StreamError } from './errors';
import { Plain, message, toNumber } from './messages';
import { SendTurns } from './turns';
import { MAX_WINDOW, WindowBudget } from './window';

export const SERVICE = '/streampair.v1.StreamPairService/';
const MAX_CHANNEL = 2 ** 32 - 1;
const MAX_ATTACH_BYTES = 1 << 20; // A larger frame could bring a message over the server's limit.
const SILENT_HEARTBEATS = 3; // Without any answer until the server is taken for lost.
const ORPHAN_PATIENCE = 60_000; // For the target's FIN, when the stream is gone and its own FIN was sent.
const ACTIVE_FOR = 1000; // Milliseconds that a channel which moved bytes counts as active.

const TransferRequest = message('TransferRequest');
const TransferResponse = message('TransferResponse');
const ClientFrame = message('ClientFrame');

/** How one Transfer RPC behaves. Times in milliseconds, sizes in bytes. */
export interface RpcOptions {
  /** How often to ping; a server silent for three times as long is taken for lost. Default 20 s. */
  heartbeat?: number;
  /** How long to wait for the RPC's status after its last stream. Default 5 s. */
  linger?: number;
  /** An RPC that carries no stream for so long is ended, so that the program can end. Default 250. */
  idle?: number;
  /** How far a stream's window may grow while no other moves bytes (4 MiB), beside others (1 MiB), all together (64 MiB). */
  windowAlone?: number;
  windowShared?: number;
  windowGrowth?: number;
  /** The server is going down: streams that live on are cut after `grace` ms; new ones go to a new RPC. */
  onDraining?: (grace: number) => void;
}

/** One stream's place in an RPC. */
export class Seat {
  /** Called after any change. */
  changed: () => void = () => undefined;
  settled = false;
  released = false;
  orphanSince = 0;

  constructor(readonly channel: Channel) {}
}

/** One Transfer RPC with all its channels: the part that has the wire and the clock. */
export class TransferRpc {
  private readonly options: Required<Omit<RpcOptions, 'onDraining'>> & RpcOptions;
  private readonly call: ClientDuplexStream<Plain[], Plain>;
  private readonly seats = new Map<number, Seat>();
  private next = 1;
  private live = 0; // Seats not settled.
  private readonly turns = new SendTurns();
  private readonly budget: WindowBudget;
  private recent: [{ channel?: Channel; at: number }, { channel?: Channel; at: number }] = [{ at: 0 }, { at: 0 }];
  private lastReceived = performance.now();
  private nonce = 0;
  private writing = false;
  private pumpDue = false;
  private finishing = false;
  private halfClosed = false;
  private draining = false;
  private done = false;
  private broken: StreamError | undefined;
  private readonly heart: NodeJS.Timeout;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly whenDone: Promise<void>;
  private resolveDone!: () => void;

  constructor(client: GrpcClient, metadata: Metadata, options: RpcOptions) {
    this.options = { heartbeat: 20_000, linger: 5000, idle: 250, windowAlone: 4 << 20, windowShared: 1 << 20,
      windowGrowth: 64 << 20, ...options };
    this.budget = new WindowBudget(this.options.windowGrowth);
    this.whenDone = new Promise((resolve) => { this.resolveDone = resolve; });
    this.call = client.makeBidiStreamRequest(`${SERVICE}Transfer`,
      (frames: Plain[]) => TransferRequest.encode({ frames }).finish() as Buffer,
      (data: Buffer) => this.decode(data), metadata, {});
    this.call.on('data', (response: Plain) => this.receive(response));
    this.call.on('error', () => undefined); // The status tells.
    this.call.on('status', (status: StatusObject) => this.ended(status));
    this.heart = setInterval(() => this.beat(), this.options.heartbeat);
    this.heart.unref();
  }

  /** Undefined if this RPC takes no more streams. A seat that cannot work otherwise has its error already. */
  open(attach: Plain, window: number, unsentLimit: number): Seat | undefined {
    if (this.done || this.finishing || this.broken || this.next > MAX_CHANNEL) return undefined;
    const number = this.next++;
    const seat = new Seat(new Channel(number, attach, Math.min(Math.max(Math.floor(window), 1), MAX_WINDOW),
      Math.max(unsentLimit, 1), this.budget));
    this.seats.set(number, seat);
    this.live++;
    clearTimeout(this.idleTimer);
    if (ClientFrame.encode({ attach }).finish().length > MAX_ATTACH_BYTES) {
      seat.channel.deliverRpcLost(errors.attachTooLarge());
    }
    this.update(seat);
    return seat;
  }

  /** The stream is gone. */
  release(seat: Seat): void {
    seat.released = true;
    seat.channel.abandon();
    this.update(seat);
  }

  reset(seat: Seat, why: StreamError = errors.resetHere()): void {
    seat.channel.reset(why);
    this.update(seat);
  }

  /** After a change of the seat: tells who waits, counts it out when it is over. */
  update(seat: Seat): void {
    const channel = seat.channel;
    this.turns.note(channel);
    if (channel.overOnWire && !seat.settled) {
      seat.settled = true;
      this.live--;
      if (this.live === 0) this.nothingLeft();
    }
    if (seat.settled && seat.released && this.seats.delete(channel.number)) {
      channel.window.close();
      for (const activity of this.recent) if (activity.channel === channel) delete activity.channel;
    }
    this.pump();
    seat.changed();
  }

  /** How far the channel's window may grow now. */
  windowLimit(channel: Channel): number {
    if (!channel.window.wantsGrowth) return 0;
    const now = performance.now();
    const others = this.recent.some(({ channel: other, at }) => other && other !== channel && now - at < ACTIVE_FOR);
    return others ? this.options.windowShared : this.options.windowAlone;
  }

  /** Ends the RPC at once; streams that live on fail. */
  cancel(): void { this.break(errors.cancelled()); }

  /** Resets what has not ended in order, and waits for the end of the RPC, at most the linger. */
  async close(): Promise<void> {
    this.finishing = true;
    for (const seat of [...this.seats.values()]) {
      if (!seat.released) this.reset(seat);
    }
    this.pump();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.whenDone,
      new Promise<void>((resolve) => { timer = setTimeout(resolve, this.options.linger); })]);
    clearTimeout(timer);
    if (!this.done) this.call.cancel();
  }

  private nothingLeft(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      if (this.live > 0) return;
      this.finishing = true;
      this.pump();
    }, this.options.idle);
  }

  private break(why: StreamError): void {
    if (this.done || this.broken) return;
    this.broken = why;
    this.call.cancel();
  }

  private noteActivity(channel: Channel): void {
    if (this.recent[0].channel !== channel) this.recent.reverse();
    this.recent[0] = { channel, at: performance.now() };
  }

  /** Sends soon, so that what this turn of the event loop brings goes into one message. */
  private pump(): void {
    if (this.pumpDue || this.writing) return;
    this.pumpDue = true;
    queueMicrotask(() => {
      this.pumpDue = false;
      this.send();
    });
  }

  private send(): void {
    if (this.writing || this.halfClosed || this.done || this.broken) return;
    const frames = this.turns.fill((number) => this.seats.get(number)?.channel, (channel, bytes) => {
      if (bytes > 0) this.noteActivity(channel);
      const seat = this.seats.get(channel.number);
      if (seat) this.update(seat);
    }, (frame) => ClientFrame.encode(frame).finish().length);
    if (frames.length > 0) {
      this.writing = true;
      this.call.write(frames, () => {
        this.writing = false;
        this.send();
      });
    } else if (this.finishing && this.live === 0) {
      this.halfClosed = true;
      this.call.end();
      setTimeout(() => { if (!this.done) this.call.cancel(); }, this.options.linger).unref();
    }
  }

  private decode(data: Buffer): Plain {
    try {
      const response = TransferResponse.decode(data) as Plain;
      for (const { data: piece } of response.frames) {
        // protobufjs gives parts of the message; a small part must not keep a large message alive.
        if (piece?.payload && piece.payload.length * 4 < data.length) piece.payload = Buffer.from(piece.payload);
      }
      return response;
    } catch (error) {
      this.break(errors.protocolBroken(String(error)));
      return { frames: [] };
    }
  }

  private receive(response: Plain): void {
    this.lastReceived = performance.now();
    for (const frame of response.frames) {
      if (this.broken) return;
      this.deliver(frame);
    }
  }

  private deliver(frame: Plain): void {
    if (frame.ping) {
      this.turns.addFrame({ pong: { nonce: frame.ping.nonce } });
      this.pump();
      return;
    }
    if (frame.draining) {
      // What lives on may end in order; what is new goes to an RPC that may lead elsewhere.
      const first = !this.draining;
      this.draining = this.finishing = true;
      this.pump();
      const grace = frame.draining.grace ?? {};
      if (first) this.options.onDraining?.(toNumber(grace.seconds) * 1000 + (grace.nanos ?? 0) / 1e6);
      return;
    }
    if (frame.pong) return;
    const seat = this.seats.get(frame.channel);
    if (!seat || seat.channel.overOnWire) {
      // What was on its way to a stream that we reset is no fault.
      if (!(frame.channel > 0 && frame.channel < this.next)) {
        this.break(errors.protocolBroken('a frame for a channel that was never opened'));
      }
      return;
    }
    let fault: StreamError | undefined;
    if (frame.data) {
      this.noteActivity(seat.channel);
      fault = seat.channel.deliverData(frame.data.payload, frame.data.starved);
    } else {
      fault = seat.channel.deliver(frame);
    }
    if (fault) seat.channel.reset(fault);
    this.update(seat);
  }

  private ended(status: StatusObject): void {
    // Once all has ended the status is noise: a balancer may have made it.
    if (!(this.finishing && this.live === 0)) this.broken ??= errors.fromStatus(status);
    this.done = true;
    clearInterval(this.heart);
    clearTimeout(this.idleTimer);
    for (const seat of [...this.seats.values()]) {
      if (!seat.channel.overOnWire) seat.channel.deliverRpcLost(this.broken ?? errors.endedWithoutEnd());
      this.update(seat);
    }
    clearTimeout(this.idleTimer);
    this.resolveDone();
  }

  private beat(): void {
    if (performance.now() - this.lastReceived >= SILENT_HEARTBEATS * this.options.heartbeat) {
      this.break(errors.serverSilent());
      return;
    }
    const now = performance.now();
    for (const seat of [...this.seats.values()]) {
      if (!seat.released || !seat.channel.finishSent) continue;
      seat.orphanSince ||= now;
      if (now - seat.orphanSince >= ORPHAN_PATIENCE) this.reset(seat);
    }
    this.turns.addFrame({ ping: { nonce: ++this.nonce } });
    this.pump();
  }
}
