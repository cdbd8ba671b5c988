import { backoffAfter } from "./backoff.ts";
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
  /** Being woken ends the wait after a failure: for work that somebody waits for. */
  isEager?: boolean;
  /** How long it may go on after `stop`, until nothing is left. Without it only the step under way is finished. */
  drainMilliseconds?: number;
}

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
  /** How many wait for it to settle: it does not rest meanwhile. */
  #hurrying = 0;
  #isResting = false;
  #isBackingOff = false;
  #stopTimer = () => {};
  /** When it wakes by itself, in the clock's monotonic time. */
  #wakesAt = Infinity;
  #cancelWaking = () => {};
  #endPause = () => {};

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
    if (this.options.isEager && this.#isBackingOff) this.#endPause();
  }

  /** Wakes it in so many milliseconds, unless it wakes by itself before. Answers false, for steps that end with it. */
  wakeIn(milliseconds: number): false {
    const wait = Math.max(1, milliseconds);
    const at = this.options.clock.monotonic() + wait;
    if (at >= this.#wakesAt || this.#isStopping) return false;
    this.#cancelWaking();
    this.#wakesAt = at;
    this.#cancelWaking = this.options.clock.after(wait, () => {
      this.#wakesAt = Infinity;
      this.wake();
    });
    return false;
  }

  async settled(): Promise<void> {
    this.#hurrying += 1;
    if (this.#isResting) this.#endPause();
    while (this.#working && !this.#isStopping && (this.#isDue || this.#isWorking)) await this.#rested.next();
    this.#hurrying -= 1;
  }

  async stop(): Promise<void> {
    const { drainMilliseconds } = this.options;
    this.#isStopping = true;
    this.#stopTimer();
    this.#cancelWaking();
    this.wake();
    this.#endPause();
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
      const hasMore = await this.#step();
      if (hasMore || this.#isDue) continue;
      this.#isWorking = false;
      if (this.#isStopping) return;
      this.#rested.ring();
      await news;
    }
  }

  async #step(): Promise<boolean> {
    try {
      const hasMore = await this.options.step(this.#abort.signal);
      this.#failures = 0;
      if (hasMore) await this.#rest();
      return hasMore;
    } catch (error) {
      this.#failures += 1;
      this.#tell(error);
      if (this.#isStopping) this.#abort.abort();
      else await this.#backOff();
      return !this.#isStopping;
    }
  }

  /** What wakes the loop says nothing about what failed, and mostly does not end it early. */
  async #backOff(): Promise<void> {
    const milliseconds = backoffAfter(this.#failures - 1);
    this.#isBackingOff = true;
    await this.#pause((end) => this.options.clock.after(milliseconds, end));
    this.#isBackingOff = false;
  }

  /** A step that is cut off by a stop has not failed. */
  #tell(error: unknown): void {
    const isCutOff = this.#abort.signal.aborted || (error instanceof ChatError && error.code === "stopping");
    if (!isCutOff) this.options.log.error(`${this.name} failed`, describeError(error));
  }

  /** In real time, not that of `clock`: it spares the machine, and tests that set the clock need not wait for it. */
  async #rest(): Promise<void> {
    const { restMilliseconds } = this.options;
    if (!restMilliseconds || this.#isStopping || this.#hurrying > 0) return;
    this.#isResting = true;
    await this.#pause((end) => {
      const timer = setTimeout(end, restMilliseconds);
      return () => clearTimeout(timer);
    });
    this.#isResting = false;
  }

  /** Until `begin` calls `end`, or a stop. */
  #pause(begin: (end: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      const cancel = begin(() => this.#endPause());
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Several jobs as one: they start one after another, and stop at the same time. */
export class JobGroup implements Job {
  constructor(
    readonly name: string,
    private readonly jobs: readonly Job[],
  ) {}

  get isRetrying(): boolean {
    return this.jobs.some((one) => one.isRetrying);
  }

  /** Errors: that of the first that does not start; then none goes on. */
  async start(): Promise<void> {
    try {
      for (const one of this.jobs) await one.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async settled(): Promise<void> {
    for (const one of this.jobs) await one.settled();
  }

  /** Errors: that of the one that failed to stop, or AggregateError, once all have ended. */
  async stop(): Promise<void> {
    const outcomes = await Promise.allSettled(this.jobs.map((one) => one.stop()));
    const errors = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    if (errors.length > 1) throw new AggregateError(errors, `${this.name} did not stop as they should`);
    if (errors.length > 0) throw errors[0];
  }
}

/** A loop that deletes old data, at the start and each hour. `step` deletes one batch; true when there may be more. */
export function hourly(options: Pick<LoopOptions, "name" | "clock" | "log" | "step">): Loop {
  return new Loop({ ...options, everyMilliseconds: 3_600_000 });
}
