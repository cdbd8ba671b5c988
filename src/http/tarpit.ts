import type { Clock } from "../core/clock.ts";

export interface TarpitLimits {
  /** The delay of a refusal; 0 is one turn of the event loop. */
  milliseconds: number;
  /** Refusals that are delayed at a time; further ones are answered at once. */
  atOnce: number;
}

/**
 * A tarpit: delays the refusals of clients that ask too often. A client that waits for the answer before its next
 * request is slowed down by that; if it were answered at once, it would be back before the server has read from other
 * sockets.
 */
export class Tarpit {
  #waiting = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: TarpitLimits,
  ) {}

  async wait(): Promise<void> {
    const { milliseconds, atOnce } = this.limits;
    if (milliseconds === 0 || this.#waiting >= atOnce) {
      await new Promise(setImmediate);
      return;
    }
    this.#waiting += 1;
    await new Promise<void>((resolve) => this.clock.after(milliseconds, resolve));
    this.#waiting -= 1;
  }
}
