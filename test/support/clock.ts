import type { Clock } from "../../src/core/clock.ts";

interface Timer {
  at: number;
  every: number | undefined;
  fn: () => void;
}

/** A clock that stands until a test turns it. */
export class ManualClock implements Clock {
  #now = Date.parse("2030-01-01T00:00:00Z");
  #monotonic = 0;
  readonly #timers = new Set<Timer>();

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, fn: () => void): () => void {
    return this.#add({ at: this.#monotonic + ms, every: undefined, fn });
  }

  every(ms: number, fn: () => void): () => void {
    return this.#add({ at: this.#monotonic + ms, every: ms, fn });
  }

  /** Lets time pass; timers that fall due run, in order, and those that repeat once, as on a machine that slept. */
  turn(ms: number): void {
    const until = this.#monotonic + ms;
    for (const one of this.#timers) {
      if (one.every !== undefined && one.at <= until) one.at = until - ((until - one.at) % one.every);
    }
    for (;;) {
      const next = this.#next();
      if (!next || next.at > until) break;
      this.#pass(next.at - this.#monotonic);
      if (next.every === undefined) this.#timers.delete(next);
      else next.at += next.every;
      next.fn();
    }
    this.#pass(until - this.#monotonic);
  }

  /** Puts the time of day forward or back, as somebody does who sets a clock; nothing passes. */
  set(ms: number): void {
    this.#now += ms;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const one of this.#timers) if (!next || one.at < next.at) next = one;
    return next;
  }

  #pass(ms: number): void {
    this.#monotonic += ms;
    this.#now += ms;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}
