import type { Output } from "./output.ts";

/** Lines that are written in their order, also where one is not known yet. */
export class Lines {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly output: Output) {}

  /** Undefined is no line. */
  add(line: Promise<string | undefined>): void {
    this.#last = this.#write(this.#last, line);
  }

  /** Resolves when everything up to now has left this process, or cannot. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #write(before: Promise<void>, line: Promise<string | undefined>): Promise<void> {
    await before;
    const text = await line.catch(() => undefined);
    if (text !== undefined) await this.output.line(text);
  }
}
