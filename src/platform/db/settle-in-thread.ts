import { awaitedForeign, insideCallback } from "./settle.ts";

/**
 * Runs callbacks whose queries another thread answers, one at a time. A callback that is unsettled at a turn of the
 * event loop while none of its queries is under way awaits something else, and is refused before it can hold up
 * everybody.
 */
export class ThreadSettler {
  #queries = 0;
  #refuse: ((error: Error) => void) | undefined;

  run<T>(fn: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#refuse = reject;
      insideCallback(fn)
        .then(resolve, reject)
        .finally(() => {
          if (this.#refuse === reject) this.#refuse = undefined;
        });
      setImmediate(() => this.#look());
    });
  }

  /** Takes one query of the callback to the other thread. */
  async query<T>(ask: () => Promise<T>): Promise<T> {
    this.#queries += 1;
    try {
      return await ask();
    } finally {
      this.#queries -= 1;
      setImmediate(() => this.#look());
    }
  }

  #look(): void {
    if (this.#queries === 0) this.#refuse?.(awaitedForeign());
  }
}
