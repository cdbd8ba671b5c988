import type { SearchLimits } from "./search-index.ts";

/** A thread of low priority is kept waiting, by others and by the disk: so much longer than it works at most. */
const waits = 10;

/** The budget of one search: what it may take of its thread. */
export class Budget {
  readonly #began = process.threadCpuUsage();
  readonly #last: number;
  /** Before this it cannot have worked for as long as it may. */
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
