/** The clock and its timers, behind an interface so that tests can set the time. */
export interface Clock {
  /** Wall time in milliseconds since the epoch; may jump when the system's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back: for durations, budgets and limits. */
  monotonic(): number;
  /** Runs `fn` once after `ms`; the returned function cancels it. Never keeps the process alive. */
  after(ms: number, fn: () => void): () => void;
  /** Runs `fn` each `ms` until cancelled. Never keeps the process alive. */
  every(ms: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(ms, fn) {
    const timer = setInterval(fn, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
