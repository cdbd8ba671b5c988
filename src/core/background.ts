import { Bell } from "./bell.ts";
import type { Clock } from "./clock.ts";

export interface BackgroundOptions {
  clock: Clock;
  /** Does one piece of the work; false when there was none. */
  step(): Promise<boolean>;
  /** Told of a step that failed; it is tried again after `retryMilliseconds`. */
  failed(error: unknown): void;
  retryMilliseconds: number;
}

/** Work that nobody waits for: one piece after another while there is any, then whenever it is woken. */
export class Background {
  readonly #news = new Bell();
  readonly #rested = new Bell();
  /** Somebody has said so since it last looked. */
  #isDue = true;
  #isWorking = false;
  #isOver = false;
  #working: Promise<void> = Promise.resolve();

  constructor(private readonly options: BackgroundOptions) {}

  start(): void {
    this.#working = this.#work();
  }

  /** There may be something to do. */
  wake(): void {
    this.#isDue = true;
    this.#news.ring();
  }

  /** Settles when there is nothing to do. */
  async settled(): Promise<void> {
    while ((this.#isDue || this.#isWorking) && !this.#isOver) await this.#rested.next();
  }

  /** Finishes the piece that is being worked on. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.wake();
    await this.#working;
    this.#rested.ring();
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      // Before looking, so that none is missed.
      const news = this.#news.next();
      this.#isDue = false;
      this.#isWorking = true;
      const didSomething = await this.#step(news);
      this.#isWorking = false;
      if (didSomething || this.#isDue) continue;
      this.#rested.ring();
      await news;
    }
  }

  async #step(news: Promise<void>): Promise<boolean> {
    const { clock, step, failed, retryMilliseconds } = this.options;
    try {
      return await step();
    } catch (error) {
      failed(error);
      const cancel = clock.after(retryMilliseconds, () => this.wake());
      await news;
      cancel();
      return true;
    }
  }
}
