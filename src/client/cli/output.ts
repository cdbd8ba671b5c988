import { exitCodes, Failure } from "./exit-codes.ts";

/** Where results go. Whoever reads them may stop doing so at any time, which is no error. */
export class Output {
  /** Aborted when nothing can be written any more. Its reason is a Failure. */
  readonly closed: AbortSignal;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly stream: NodeJS.WritableStream) {
    this.closed = this.#closing.signal;
    stream.on("error", (error: NodeJS.ErrnoException) => this.#fail(error));
  }

  /** Resolves when it has left this process, or cannot. */
  write(text: string): Promise<void> {
    if (this.closed.aborted) return Promise.resolve();
    this.#last = new Promise((resolve) => {
      this.stream.write(text, (error) => {
        if (error) this.#fail(error);
        resolve();
      });
    });
    return this.#last;
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** Resolves when everything has left this process, or cannot. */
  settled(): Promise<void> {
    return this.#last;
  }

  #fail(error: NodeJS.ErrnoException): void {
    // The reader has gone, or the terminal.
    const isGone = error.code === "EPIPE" || (error.code === "EIO" && "isTTY" in this.stream);
    const failure = new Failure(exitCodes.refused, `The output cannot be written (${error.message}).`);
    this.#closing.abort(isGone ? new Failure(exitCodes.done, "") : failure);
  }
}
