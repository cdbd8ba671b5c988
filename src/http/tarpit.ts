import type { Clock } from "../core/clock.ts";

export interface TarpitLimits {
  /** How long who asks too often waits for the refusal; 0 is a turn of the event loop. */
  milliseconds: number;
  /** Refusals that wait at a time. */
  atOnce: number;
}

/**
 * A tarpit: refuses whoever asks too often a moment later. Who waits for the answer before the next request asks only so
 * often then; answered at once, they would be back before the server has looked at anybody else's sockets.
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
