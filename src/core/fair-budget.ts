import type { Clock } from "./clock.ts";
import { type Rate, TokenBuckets } from "./token-bucket.ts";

/** Somebody who waits for a budget. */
export interface Waiting {
  /** Called once there is enough of it. */
  goOn(): void;
}

/** A queue: those who wait for one budget, in the order in which they are served. */
interface Queue {
  waiting: { who: Waiting; cost: number }[];
  cancelTimer(): void;
}

/**
 * A budget per key for which people wait, instead of being refused. While several wait for the same one, it is shared
 * fairly (round robin): whoever waits again stands at the end.
 */
export class FairBudget {
  readonly #buckets: TokenBuckets;
  readonly #queues = new Map<number, Queue>();

  constructor(
    rate: Rate,
    private readonly clock: Clock,
  ) {
    this.#buckets = new TokenBuckets(rate, () => clock.monotonic());
  }

  /**
   * True when `who` may go on now; otherwise `goOn` is called once, when it may. `cost` is at most the rate's burst.
   */
  take(key: number, who: Waiting, cost = 1): boolean {
    const queue = this.#queues.get(key);
    if (queue) queue.waiting.push({ who, cost });
    else {
      const wait = this.#buckets.takeOrWait(key, cost);
      if (wait === 0) return true;
      this.#queues.set(key, { waiting: [{ who, cost }], cancelTimer: this.#serveAfter(key, wait) });
    }
    return false;
  }

  /** `who` waits no longer. */
  leave(key: number, who: Waiting): void {
    const queue = this.#queues.get(key);
    if (!queue) return;
    queue.waiting = queue.waiting.filter((one) => one.who !== who);
    if (queue.waiting.length > 0) return;
    queue.cancelTimer();
    this.#queues.delete(key);
  }

  /** One timer, for the moment when there is enough: no polling. */
  #serveAfter(key: number, milliseconds: number): () => void {
    return this.clock.after(milliseconds, () => this.#serve(key));
  }

  /** Lets as many go on as there is budget for. */
  #serve(key: number): void {
    const queue = this.#queues.get(key);
    if (!queue) return;
    for (let first = queue.waiting[0]; first; first = queue.waiting[0]) {
      const wait = this.#buckets.takeOrWait(key, first.cost);
      if (wait > 0) {
        queue.cancelTimer = this.#serveAfter(key, wait);
        return;
      }
      queue.waiting.shift();
      first.who.goOn();
    }
    if (queue === this.#queues.get(key)) this.#queues.delete(key);
  }
}
