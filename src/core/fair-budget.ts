import type { Clock } from "./clock.ts";
import { type Rate, TokenBuckets } from "./token-bucket.ts";

/** Who waits for their turn. */
export interface Waiting {
  /** It has come. */
  goOn(): void;
}

/** Those who wait for one budget, in the order in which they are served. */
interface Line {
  waiting: { who: Waiting; cost: number }[];
  cancelTimer(): void;
}

/**
 * A budget per key for which people wait, instead of being refused. While several wait for the same one, each has one
 * turn after another: whoever waits again stands at the end.
 */
export class FairBudget {
  readonly #buckets: TokenBuckets;
  readonly #lines = new Map<number, Line>();

  constructor(
    rate: Rate,
    private readonly clock: Clock,
  ) {
    this.#buckets = new TokenBuckets(rate, () => clock.monotonic());
  }

  /** True when `who` may go on now; otherwise `who` is told once, when it may. `cost` is at most the rate's burst. */
  take(key: number, who: Waiting, cost = 1): boolean {
    const line = this.#lines.get(key);
    if (line) line.waiting.push({ who, cost });
    else {
      const wait = this.#buckets.takeOrWait(key, cost);
      if (wait === 0) return true;
      this.#lines.set(key, { waiting: [{ who, cost }], cancelTimer: this.#serveAfter(key, wait) });
    }
    return false;
  }

  /** `who` waits no longer. */
  leave(key: number, who: Waiting): void {
    const line = this.#lines.get(key);
    if (!line) return;
    line.waiting = line.waiting.filter((one) => one.who !== who);
    if (line.waiting.length > 0) return;
    line.cancelTimer();
    this.#lines.delete(key);
  }

  /** The timer is set for the moment of the next token: nobody asks in between. */
  #serveAfter(key: number, milliseconds: number): () => void {
    return this.clock.after(milliseconds, () => this.#serve(key));
  }

  /** As many as there is budget for. */
  #serve(key: number): void {
    const line = this.#lines.get(key);
    while (line && line.waiting.length > 0) {
      const wait = this.#buckets.takeOrWait(key, line.waiting[0]!.cost);
      if (wait > 0) {
        line.cancelTimer = this.#serveAfter(key, wait);
        return;
      }
      line.waiting.shift()!.who.goOn();
    }
    if (line === this.#lines.get(key)) this.#lines.delete(key);
  }
}
