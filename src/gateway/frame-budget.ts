import type { Clock } from "../core/clock.ts";
import { type Rate, TokenBuckets } from "../core/token-bucket.ts";

/** Whose next frame waits for its turn. */
export interface Waiting {
  /** One frame may be read. */
  mayRead(): void;
}

/** The sockets of one user that wait, in the order in which they are served. */
interface Line {
  waiting: Waiting[];
  cancelTimer(): void;
}

/**
 * How many frames of each user may be read: who is over the rate waits. The sockets of one user share it, and while
 * several wait each has one frame read in turn.
 */
export class FrameBudget {
  readonly #buckets: TokenBuckets;
  readonly #lines = new Map<number, Line>();

  constructor(
    rate: Rate,
    private readonly clock: Clock,
  ) {
    this.#buckets = new TokenBuckets(rate, () => clock.monotonic());
  }

  /** True when a frame may be read now; otherwise `who` is told once, when it may. */
  take(userId: number, who: Waiting): boolean {
    const line = this.#lines.get(userId);
    if (line) line.waiting.push(who);
    else {
      const wait = this.#buckets.takeOrWait(userId);
      if (wait === 0) return true;
      this.#lines.set(userId, { waiting: [who], cancelTimer: this.#serveAfter(userId, wait) });
    }
    return false;
  }

  /** `who` waits no longer. */
  leave(userId: number, who: Waiting): void {
    const line = this.#lines.get(userId);
    if (!line) return;
    line.waiting = line.waiting.filter((one) => one !== who);
    if (line.waiting.length > 0) return;
    line.cancelTimer();
    this.#lines.delete(userId);
  }

  /** The timer is set for the moment of the next token: nobody asks in between. */
  #serveAfter(userId: number, milliseconds: number): () => void {
    return this.clock.after(milliseconds, () => this.#serve(userId));
  }

  /** As many as there is budget for. Whose next frame waits again stands at the end. */
  #serve(userId: number): void {
    const line = this.#lines.get(userId);
    while (line && line.waiting.length > 0) {
      const wait = this.#buckets.takeOrWait(userId);
      if (wait > 0) {
        line.cancelTimer = this.#serveAfter(userId, wait);
        return;
      }
      line.waiting.shift()!.mayRead();
    }
    if (line === this.#lines.get(userId)) this.#lines.delete(userId);
  }
}
