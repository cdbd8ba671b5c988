import { closeSync, openSync, readSync, statSync } from "node:fs";

const headerBytes = 32;
/** Where the header counts how often the log began anew. */
const sequenceAt = 12;

/** SQLite's write-ahead log, seen from outside the process that writes it. */
export class WriteAheadLog {
  /** Bytes that the file had at most when looked at. */
  largest = 0;
  readonly #first: number;

  constructor(private readonly file: string) {
    this.#first = this.#sequence();
  }

  look(): void {
    this.largest = Math.max(this.largest, statSync(this.file).size);
  }

  /** How often the log was emptied since this object was made. */
  checkpoints(): number {
    return this.#sequence() - this.#first;
  }

  #sequence(): number {
    const header = Buffer.alloc(headerBytes);
    const descriptor = openSync(this.file, "r");
    readSync(descriptor, header, 0, headerBytes, 0);
    closeSync(descriptor);
    return header.readUInt32BE(sequenceAt);
  }
}
