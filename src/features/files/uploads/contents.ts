/** The bytes of a file that has come in, for those who have to know what it is. */
import { headBytes } from "./signatures.ts";

/** The beginning of a file, while it comes. */
export class Head {
  readonly #bytes = new Uint8Array(headBytes);
  #length = 0;

  /** True for the one that completes it. */
  add(chunk: Uint8Array): boolean {
    if (this.#length === headBytes) return false;
    const more = chunk.subarray(0, headBytes - this.#length);
    this.#bytes.set(more, this.#length);
    this.#length += more.length;
    return this.#length === headBytes;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Enough for the tracks of a film, and a few milliseconds for a file that leads from one place to the next for ever. */
const mostLooks = 256;
/** What stands together is asked for byte by byte. */
const windowBytes = 4096;

/** A file on disk, read here and there beside the event loop, and not for ever. */
export class Contents {
  #looks = 0;
  #window: { start: number; bytes: Uint8Array };

  /** `read` answers bytes from `from` to `to` (not included), fewer where the file ends. */
  constructor(
    readonly head: Uint8Array,
    readonly size: number,
    private readonly read: (from: number, to: number) => Promise<Uint8Array>,
  ) {
    this.#window = { start: 0, bytes: head };
  }

  /** `length` bytes from `start`; fewer where the file ends, and none once somebody has looked often enough. */
  async at(start: number, length: number): Promise<Uint8Array> {
    const end = Math.min(start + length, this.size);
    if (start < 0 || start >= end || ++this.#looks > mostLooks) return new Uint8Array();
    for (const { start: from, bytes } of [{ start: 0, bytes: this.head }, this.#window]) {
      if (start >= from && end <= from + bytes.length) return bytes.subarray(start - from, end - from);
    }
    this.#window = { start, bytes: await this.read(start, start + Math.max(length, windowBytes)) };
    return this.#window.bytes.subarray(0, length);
  }
}
