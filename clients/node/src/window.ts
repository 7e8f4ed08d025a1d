// Credit, both sides of it. Pure.

const MAX_CREDIT = 2 ** 31 - 1; // More is never outstanding (frame.proto, Window).
export const BEFORE_ATTACHED = 64 << 10; // What may be sent before the server has said its window (Attach).
export const MAX_WINDOW = 64 << 20;

/** By how much the windows of one RPC may grow together: credit that was granted cannot be taken back. */
export class WindowBudget {
  constructor(public left: number) {}

  take(wanted: number): number {
    const taken = Math.min(wanted, this.left);
    this.left -= taken;
    return taken;
  }
}

/**
 * What the server may still send, and when to grant more.
 *
 * Half of the window consumed is granted back at once. The window doubles only for a reader that keeps up: the server
 * said that it used its last credit and had more, and after that everything received was consumed. So unread bytes never
 * exceed `size`, and a stream that nobody reads never makes its window grow.
 */
export class ReceiveWindow {
  size: number;
  credit: number;
  unread = 0;
  private starved = false;

  constructor(private readonly initial: number, private readonly budget: WindowBudget) {
    this.size = this.credit = initial;
  }

  get wantsGrowth(): boolean { return this.starved; }

  /** False, and nothing changes, if the server had not that much credit. */
  onData(bytes: number, starved: boolean): boolean {
    if (bytes > this.credit) return false;
    this.credit -= bytes;
    this.unread += bytes;
    this.starved = starved;
    return true;
  }

  /** The credit to grant now, 0 for none. The window may grow up to `limit`. */
  onConsumed(bytes: number, limit: number): number {
    this.unread -= bytes;
    if (this.starved && this.unread === 0) {
      this.starved = false;
      const target = Math.min(limit, 2 * this.size);
      if (target > this.size) this.size += this.budget.take(target - this.size);
    }
    const grant = this.size - this.credit - this.unread;
    if (2 * grant < this.size) return 0;
    this.credit += grant;
    return grant;
  }

  /** Returns the growth to the budget. */
  close(): void {
    this.budget.left += this.size - this.initial;
    this.size = this.initial;
  }
}

/** What may be sent before the server grants more. */
export class SendCredit {
  available = BEFORE_ATTACHED;

  /** False, and nothing changes, if the sum would be too large. */
  grant(bytes: number): boolean {
    if (bytes > MAX_CREDIT - this.available) return false;
    this.available += bytes;
    return true;
  }
}
