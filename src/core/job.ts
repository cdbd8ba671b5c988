import { Bell } from "./bell.ts";
import type { Clock } from "./clock.ts";
import { ChatError } from "./errors.ts";
import { describeError, type Log } from "./log.ts";

/** Something that runs in the background as long as the server serves. */
export interface Job {
  /** As the log and `/health` name it. */
  readonly name: string;
  /** Settles when all is as it has to be before anybody is served. */
  start(): Promise<void>;
  /** Settles when there is nothing to do, for now. */
  settled(): Promise<void>;
  /** Finishes what is under way, or what has to be finished. */
  stop(): Promise<void>;
  /** The last try failed; there will be another one. */
  readonly isRetrying?: boolean;
}

export interface LoopOptions {
  name: string;
  clock: Clock;
  log: Log;
  /** Before the first step, while nobody is served. */
  prepare?(): Promise<void>;
  /**
   * Does one step of the work; true when there may be more. `signal` is aborted when the loop has to end: what the step
   * has not done by then is for the next start.
   */
  step(signal: AbortSignal): Promise<boolean>;
  /** It looks for work this often also when nobody wakes it. */
  everyMilliseconds?: number;
  /** The pause after a step that did something: what comes meanwhile is done together. */
  restMilliseconds?: number;
  /** How long it may go on after `stop`, until nothing is left. Without it only the step under way is finished. */
  drainMilliseconds?: number;
}

/** Retry with exponential backoff: 1, 2, 4 … seconds after failures in a row, at most a minute. */
const firstRetryMilliseconds = 1000;
const longestRetryMilliseconds = 60_000;

/** A job that does one step after another while there is work, then rests until it is woken. */
export class Loop implements Job {
  readonly #news = new Bell();
  readonly #rested = new Bell();
  readonly #abort = new AbortController();
  /** Somebody has woken it since it last looked. */
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

  /** There may be something to do. */
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
      // Before looking, so that none is missed.
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

  /** A stop that cuts a step off is no failure. */
  #tell(error: unknown): void {
    const isCutOff = this.#abort.signal.aborted || (error instanceof ChatError && error.code === "stopping");
    if (!isCutOff) this.options.log.error(`${this.name} failed`, describeError(error));
  }

  /** In real time, because it is for the machine and not for people: a clock that tests turn does not hold it up. */
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

/** Deletes, now and each hour, what has grown old. `step` deletes one batch; true when there may be more. */
export function hourly(options: Pick<LoopOptions, "name" | "clock" | "log" | "step">): Loop {
  return new Loop({ ...options, everyMilliseconds: 3_600_000 });
}
