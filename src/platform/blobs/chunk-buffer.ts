/** The first `length` bytes of a buffer. */
export interface Chunk {
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

/**
 * Two or three reads from a socket. A smaller buffer means more messages to the thread, a larger one more memory for
 * each upload.
 */
const chunkBytes = 128 * 1024;

/** A write buffer: coalesces small chunks, so that the other thread gets fewer messages. */
export class ChunkBuffer {
  #bytes = new Uint8Array(chunkBytes);
  #length = 0;

  /**
   * `write` transfers the buffer to the other thread and gets it back: new ones for each chunk would be garbage faster
   * than it is collected.
   */
  constructor(private readonly write: (chunk: Chunk) => Promise<Uint8Array<ArrayBuffer>>) {}

  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const some = bytes.subarray(at, at + chunkBytes - this.#length);
      this.#bytes.set(some, this.#length);
      this.#length += some.length;
      at += some.length;
      if (this.#length === chunkBytes) await this.flush();
    }
  }

  /** Writes what is in the buffer. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    this.#bytes = await this.write({ bytes: this.#bytes, length: this.#length });
    this.#length = 0;
  }
}
