import { Bell } from "../../src/core/bell.ts";

const patience = 10_000;

/** What comes in over a connection, for those who wait for some of it. */
export class News {
  readonly #bell = new Bell();
  #isOver = false;

  came(): void {
    this.#bell.ring();
  }

  /** Nothing comes any more. */
  over(): void {
    this.#isOver = true;
    this.#bell.ring();
  }

  /** What `look` finds, which looks again whenever something has come. Errors: what `missing` says. */
  async find<T>(look: () => T | undefined, missing: () => string): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#bell.ring();
    }, patience);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        if (this.#isOver) throw new Error(`${missing()} until the connection ended`);
        if (isLate) throw new Error(`${missing()} in ${patience} ms`);
        await this.#bell.next();
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
