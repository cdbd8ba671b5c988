import { Bell } from "./bell.ts";
import type { Clock } from "./clock.ts";
import { ChatError } from "./errors.ts";
import { describeError, type Log } from "./log.ts";

/** Something that runs in the background as long as the server serves. */
export interface Job {
  /** As the log names it. */
  readonly name: string;
  /** Settles when the server may begin to serve. */
  start(): Promise<void>;
  /** Settles when nothing is left to do for now. */
  settled(): Promise<void>;
  /** Finishes the work under way, and what must not be left undone. */
  stop(): Promise<void>;
  /** The last attempt failed and will be repeated; `/health` says so. */
  readonly isRetrying?: boolean;
}

export interface LoopOptions {
  name: string;
  clock: Clock;
  log: Log;
  /** Done once before the first step, while the server does not serve yet. */
  prepare?(): Promise<void>;
  /**
   * Does one step of the work; true when there may be more. `signal` is aborted when the loop has to end: what the step
   * has not done by then is for the next start.
   */
  step(signal: AbortSignal): Promise<boolean>;
  /** Looks for work this often, also when nothing wakes it. */
  everyMilliseconds?: number;
  /** The pause after a step that did something, so that what comes meanwhile is one step (batching). */
  restMilliseconds?: number;
  /** How long it may go on after `stop`, until nothing is left. Without it only the step under way is finished. */
  drainMilliseconds?: number;
}

/** Retry with exponential backoff: 1, 2, 4 … seconds after failures in a row, at most a minute. */
const firstRetryMilliseconds = 1000;
const longestRetryMilliseconds = 60_000;

/** A job that does one step after another while there is work, and then sleeps until it is woken. */
export class Loop implements Job {
  readonly #news = new Bell();
  readonly #rested = new Bell();
  readonly #abort = new AbortController();
  /** It was woken since it last looked for work. */
  #isDue = true;
  #isWorking = false;
  #isStopping = false;
  /** In a row. */
  #failures = 0;
  #working: Promise<void> | undefined;
  #stopTimer = () => {};
  #endRest = () => {};

  constructor(private readonly options: LoopOptions) {}

  get name(): string {
    return this.options.name;
  }

  get isRetrying(): boolean {
    return this.#failures > 0;
  }

  async start(): Promise<void> {
    const { clock, everyMilliseconds, prepare } = this.options;
    await prepare?.();
    this.#working = this.#work();
    if (everyMilliseconds) this.#stopTimer = clock.every(everyMilliseconds, () => this.wake());
  }

  /** Says that there may be work. */
  wake(): void {
    this.#isDue = true;
    this.#news.ring();
  }

  async settled(): Promise<void> {
    while (this.#working && !this.#isStopping && (this.#isDue || this.#isWorking)) await this.#rested.next();
  }

  async stop(): Promise<void> {
    const { drainMilliseconds } = this.options;
    this.#isStopping = true;
    this.#stopTimer();
    this.wake();
    this.#endRest();
    if (drainMilliseconds === undefined) this.#abort.abort();
    const timer = setTimeout(() => this.#abort.abort(), drainMilliseconds);
    await this.#working;
    clearTimeout(timer);
    this.#rested.ring();
  }

  async #work(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      // Before looking for work, so that no wake-up is lost.
      const news = this.#news.next();
      this.#isDue = false;
      this.#isWorking = true;
      const hasMore = await this.#step(news);
      this.#isWorking = false;
      if (hasMore) await this.#rest();
      if (hasMore || this.#isDue) continue;
      if (this.#isStopping) return;
      this.#rested.ring();
      await news;
    }
  }

  async #step(news: Promise<void>): Promise<boolean> {
    try {
      const hasMore = await this.options.step(this.#abort.signal);
      this.#failures = 0;
      return hasMore;
    } catch (error) {
      this.#failures += 1;
      this.#tell(error);
      if (this.#isStopping) {
        this.#abort.abort();
        return false;
      }
      const backoff = firstRetryMilliseconds * 2 ** (this.#failures - 1);
      const cancel = this.options.clock.after(Math.min(backoff, longestRetryMilliseconds), () => this.wake());
      await news;
      cancel();
      return true;
    }
  }

  /** A step that is cut off by a stop has not failed. */
  #tell(error: unknown): void {
    const isCutOff = this.#abort.signal.aborted || (error instanceof ChatError && error.code === "stopping");
    if (!isCutOff) this.options.log.error(`${this.name} failed`, describeError(error));
  }

  /** In real time, not that of `clock`: it spares the machine, and tests that set the clock need not wait for it. */
  #rest(): Promise<void> {
    const { restMilliseconds } = this.options;
    if (!restMilliseconds || this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      this.#endRest = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(this.#endRest, restMilliseconds);
    });
  }
}

/** A loop that deletes old data, at the start and each hour. `step` deletes one batch; true when there may be more. */
export function hourly(options: Pick<LoopOptions, "name" | "clock" | "log" | "step">): Loop {
  return new Loop({ ...options, everyMilliseconds: 3_600_000 });
}
