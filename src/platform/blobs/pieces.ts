/** The first `length` bytes of a buffer. */
export interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

/** Two or three reads from a socket: less means more questions, more means memory of each upload. */
const pieceBytes = 128 * 1024;

/** Gathers what comes in small chunks, so that another thread is asked seldom. */
export class Pieces {
  #bytes = new Uint8Array(pieceBytes);
  #length = 0;

  /**
   * `write` takes the buffer away and gives it back: a new one for each piece would be garbage faster than it is
   * collected.
   */
  constructor(private readonly write: (piece: Piece) => Promise<Uint8Array<ArrayBuffer>>) {}

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const some = chunk.subarray(at, at + pieceBytes - this.#length);
      this.#bytes.set(some, this.#length);
      this.#length += some.length;
      at += some.length;
      if (this.#length === pieceBytes) await this.flush();
    }
  }

  /** Writes what has been gathered. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    this.#bytes = await this.write({ bytes: this.#bytes, length: this.#length });
    this.#length = 0;
  }
}
