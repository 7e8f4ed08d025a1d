const SMALL = 4 << 10; // Up to this, pieces are joined, so that tiny ones do not cost a multiple of their bytes.
const JOINED = 32 << 10;

/** Bytes that wait, in the pieces in which they came. Owns what is appended. Pure. */
export class ByteQueue {
  private pieces: Buffer[] = [];
  private first = 0; // Index of the first piece that is left.
  private joined: Buffer | undefined; // What the last piece is a part of, if it may grow.
  size = 0;

  append(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.size += piece.length;
    const last = this.pieces.length - 1;
    if (piece.length > SMALL) {
      this.joined = undefined;
      this.pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
      return;
    }
    if (this.joined && last >= this.first) {
      const tail = this.pieces[last]!;
      const end = tail.byteOffset - this.joined.byteOffset + tail.length;
      if (end + piece.length <= this.joined.length) {
        this.joined.set(piece, end);
        this.pieces[last] = this.joined.subarray(end - tail.length, end + piece.length);
        return;
      }
    }
    // The first tiny piece is most often alone.
    this.joined = last >= this.first ? Buffer.allocUnsafeSlow(JOINED) : undefined;
    const place = this.joined ?? Buffer.allocUnsafe(piece.length);
    place.set(piece, 0);
    this.pieces.push(place.subarray(0, piece.length));
  }

  /** The front piece, or at most `limit` bytes of it. Requires: size > 0. */
  take(limit: number): Buffer {
    let piece = this.pieces[this.first]!;
    if (piece.length > limit) {
      this.pieces[this.first] = piece.subarray(limit);
      piece = piece.subarray(0, limit);
    } else {
      this.first++;
      if (this.first === this.pieces.length) {
        this.pieces = [];
        this.first = 0;
        this.joined = undefined;
      } else if (this.first > 1024) {
        this.pieces = this.pieces.slice(this.first);
        this.first = 0;
      }
    }
    this.size -= piece.length;
    return piece;
  }

  clear(): void {
    this.pieces = [];
    this.first = this.size = 0;
    this.joined = undefined;
  }
}
