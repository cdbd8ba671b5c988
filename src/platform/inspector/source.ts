import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const windowBytes = 64 * 1024;

interface Window {
  bytes: Buffer;
  start: number;
  length: number;
}

const emptyWindow = (): Window => ({ bytes: Buffer.allocUnsafe(windowBytes), start: 0, length: 0 });

/** Random access to a file of any size, or to a part of one. Numbers are big-endian. */
export class Source {
  #latest = emptyWindow();
  /** Several, because tables that belong together stand far apart and are read side by side; the newest comes first. */
  readonly #windows = [this.#latest, emptyWindow(), emptyWindow(), emptyWindow()];

  static open(path: string): Source {
    const fd = openSync(path, "r");
    return new Source(fd, 0, fstatSync(fd).size);
  }

  private constructor(
    private readonly fd: number,
    private readonly base: number,
    readonly size: number,
  ) {}

  /** What stands from `from` to `to`, counted from there; good until the whole is closed. Errors: as `bytes`. */
  part(from: number, to: number): Source {
    if (from < 0 || to < from || to > this.size) throw new Error("past the end of the file");
    return new Source(this.fd, this.base + from, to - from);
  }

  /** An unsigned number of 0 (which is 0) to 8 bytes. Errors: past the end of the file, or beyond 2^53. */
  number(at: number, bytes: number): number {
    const window = this.#at(at, bytes);
    const from = at - window.start;
    let value = 0;
    for (let i = from; i < from + bytes; i++) {
      const byte = window.bytes[i];
      if (byte === undefined) throw new Error("past the end of the file");
      value = value * 256 + byte;
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new Error("a number is too large");
    return value;
  }

  /** Bytes as Latin-1, at most 64 KiB. Errors: past the end of the file. */
  text(at: number, bytes: number): string {
    return this.view(at, bytes).toString("latin1");
  }

  /** Holds until something else is read; at most 64 KiB. Errors: past the end of the file. */
  view(at: number, bytes: number): Buffer {
    const window = this.#at(at, bytes);
    return window.bytes.subarray(at - window.start, at - window.start + bytes);
  }

  /** A copy of any length. Errors: past the end of the file. */
  bytes(at: number, length: number): Buffer {
    if (at < 0 || length < 0 || at + length > this.size) throw new Error("past the end of the file");
    const copy = Buffer.allocUnsafe(length);
    if (readSync(this.fd, copy, 0, length, this.base + at) < length)
      throw new Error("the file became shorter");
    return copy;
  }

  #at(at: number, bytes: number): Window {
    if (at < 0 || bytes < 0 || bytes > windowBytes || at + bytes > this.size) {
      throw new Error("past the end of the file");
    }
    const holds = (one: Window) => at >= one.start && at + bytes <= one.start + one.length;
    if (holds(this.#latest)) return this.#latest;
    this.#latest = this.#windows.find(holds) ?? this.#load(at);
    if (!holds(this.#latest)) throw new Error("the file became shorter");
    return this.#latest;
  }

  #load(at: number): Window {
    const window = this.#windows.pop() ?? emptyWindow();
    this.#windows.unshift(window);
    window.start = at;
    const length = Math.min(windowBytes, this.size - at);
    window.length = readSync(this.fd, window.bytes, 0, length, this.base + at);
    return window;
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}
