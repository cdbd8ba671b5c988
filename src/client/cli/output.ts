/** Where results go. Whoever reads them may stop doing so at any time, which is no error. */
export class Output {
  /** Aborted when nobody reads any more. */
  readonly closed: AbortSignal;
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly stream: NodeJS.WritableStream) {
    const closing = new AbortController();
    this.closed = closing.signal;
    // EPIPE, or a terminal that is gone.
    stream.on("error", () => closing.abort());
  }

  /** Resolves when it has left this process. */
  write(text: string): Promise<void> {
    if (this.closed.aborted) return Promise.resolve();
    this.#last = new Promise((resolve) => {
      this.stream.write(text, () => resolve());
    });
    return this.#last;
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  flushed(): Promise<void> {
    return this.#last;
  }
}
