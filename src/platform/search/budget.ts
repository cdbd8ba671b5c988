import type { SearchLimits } from "./search-index.ts";

/**
 * The elapsed time may be so many times the CPU time, because a thread of low priority waits for others and for the
 * disk.
 */
const waits = 10;

/** The budget of one search: candidates, and CPU time of the thread. */
export class Budget {
  readonly #began = process.threadCpuUsage();
  readonly #last: number;
  /** Before this time the CPU time cannot be used up, so it need not be read. */
  #next: number;
  #rows: number;

  constructor(private readonly limits: SearchLimits) {
    const now = performance.now();
    this.#next = now + limits.milliseconds;
    this.#last = now + limits.milliseconds * waits;
    this.#rows = limits.rows;
  }

  tookRow(): void {
    this.#rows -= 1;
  }

  isSpent(): boolean {
    return this.#rows <= 0 || this.#isOutOfTime();
  }

  #isOutOfTime(): boolean {
    const now = performance.now();
    if (now < this.#next) return false;
    const { user, system } = process.threadCpuUsage(this.#began);
    const left = this.limits.milliseconds - (user + system) / 1000;
    this.#next = now + left;
    return left <= 0 || now >= this.#last;
  }
}
