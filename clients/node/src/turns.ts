import { Channel } from './channel';
import { Plain } from './messages';

const BATCH_BYTES = 512 << 10; // Data in one message, about.
const MIN_QUANTUM = 16 << 10; // In one turn.
const MAX_QUANTUM = 256 << 10;
const CONTROL_FRAMES = 4096; // Other frames in one message, about.
const LARGE_ATTACHES = 16; // Of up to 64 KiB each; larger ones count more.
const CONNECTION_FRAMES = 1024; // Frames of no channel that may wait.

/**
 * What goes into the next message of an RPC, so that no channel waits for another: small frames of all channels first,
 * then data in turns of equal size, going round. Pure.
 */
export class SendTurns {
  private connection: Plain[] = [];
  // By number, since a channel may go away while it waits here.
  private control: number[] = [];
  private turns: number[] = [];

  /** Takes note of what the channel wants to send now. Cheap; call it after every change. */
  note(channel: Channel): void {
    if (!channel.controlQueued && channel.wantsControl) {
      channel.controlQueued = true;
      this.control.push(channel.number);
    }
    if (!channel.turnQueued && channel.wantsTurn) {
      channel.turnQueued = true;
      this.turns.push(channel.number);
    }
  }

  /** A ping or pong. Dropped if too many wait, which only a peer that floods and does not read brings about. */
  addFrame(frame: Plain): void {
    if (this.connection.length < CONNECTION_FRAMES) this.connection.push(frame);
  }

  get empty(): boolean { return this.connection.length + this.control.length + this.turns.length === 0; }

  /** The next message's frames; empty if there is nothing to send. */
  fill(lookup: (number: number) => Channel | undefined, served: (channel: Channel, bytes: number) => void,
       attachSize: (frame: Plain) => number): Plain[] {
    const frames = this.connection;
    this.connection = [];
    let attachBytes = 0;
    const waiting = this.control;
    this.control = [];
    let at = 0;
    for (; at < waiting.length && frames.length < CONTROL_FRAMES && attachBytes < LARGE_ATTACHES << 16; at++) {
      const channel = lookup(waiting[at]!);
      if (!channel) continue;
      channel.controlQueued = false;
      const before = frames.length;
      channel.sendControl(frames);
      if (frames.length > before && frames[before]!.attach) attachBytes += attachSize(frames[before]!);
      this.note(channel); // It may have data that had to wait for the attach.
      served(channel, 0);
    }
    if (at < waiting.length) this.control = waiting.slice(at).concat(this.control);
    // Who is ready now gets the same share; who becomes ready later gets one of the next message's.
    const quantum = Math.min(Math.max(Math.floor(BATCH_BYTES / Math.max(this.turns.length, 1)), MIN_QUANTUM),
      MAX_QUANTUM);
    for (let bytes = 0; this.turns.length > 0 && bytes < BATCH_BYTES;) {
      const channel = lookup(this.turns.shift()!);
      if (!channel) continue;
      channel.turnQueued = false;
      const turn = channel.sendTurn(quantum, frames);
      bytes += turn;
      this.note(channel);
      served(channel, turn);
    }
    return frames;
  }
}
