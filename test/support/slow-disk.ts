/**
 * A disk whose flushes take as long as a test wants. Databases opened while it is there hand their flushes to
 * it; it passes them on to the real flushing thread later.
 */
export class SlowDisk implements Disposable {
  /** Called when a flush is asked for: what it is for has been committed. */
  onFlush: () => void = () => {};
  readonly #Worker = globalThis.Worker;
  #milliseconds = 0;
  #held: (() => void)[] | undefined;
  #asked = Promise.withResolvers<void>();

  constructor() {
    const pass = (flush: () => void) => this.#pass(flush);
    globalThis.Worker = class extends this.#Worker {
      override postMessage(message: { question?: unknown }): void {
        if (message.question === "flush") pass(() => super.postMessage(message));
        else super.postMessage(message);
      }
    };
  }

  /** From now on each flush takes so much longer. */
  takes(milliseconds: number): void {
    this.#milliseconds = milliseconds;
  }

  /** From now on no flush ends. */
  hold(): void {
    this.#held = [];
    this.#asked = Promise.withResolvers();
  }

  /** Settles when a flush is held. */
  get holds(): Promise<void> {
    return this.#asked.promise;
  }

  letGo(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const flush of held) flush();
  }

  [Symbol.dispose](): void {
    globalThis.Worker = this.#Worker;
    this.letGo();
  }

  #pass(flush: () => void): void {
    this.onFlush();
    if (this.#held) {
      this.#held.push(flush);
      this.#asked.resolve();
    } else if (this.#milliseconds > 0) {
      setTimeout(flush, this.#milliseconds);
    } else {
      flush();
    }
  }
}
