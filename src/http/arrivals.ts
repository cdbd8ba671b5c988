import type { Clock } from "../core/clock.ts";
import { Tally } from "../core/tally.ts";

export interface ArrivalLimits {
  /** Places for requests with a long body that nobody reads yet: what one address may have of them, and all. */
  perAddress: number;
  inAll: number;
  /** How long a request that is refused unread keeps its place. */
  refusedMilliseconds: number;
}

/** Gives the place back, once: at once when the body is read now, otherwise a moment later. */
export type Leave = (isUnread: boolean) => void;

/**
 * Places for requests with a long body, from their first byte until somebody reads it. Until then the runtime takes in
 * up to a megabyte of each, whatever comes of it; and of whoever sends one for nothing over and over, only so many are
 * looked at.
 */
export class Arrivals {
  readonly #perAddress = new Tally();
  #inAll = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: ArrivalLimits,
  ) {}

  /** Takes a place; undefined when there is none. */
  enter(address: string): Leave | undefined {
    const { perAddress, inAll, refusedMilliseconds } = this.limits;
    if (this.#perAddress.of(address) >= perAddress || this.#inAll >= inAll) return undefined;
    this.#perAddress.add(address, 1);
    this.#inAll += 1;
    let isThere = true;
    return (isUnread) => {
      if (!isThere) return;
      isThere = false;
      this.#inAll -= 1;
      if (!isUnread || refusedMilliseconds === 0) this.#perAddress.add(address, -1);
      else this.clock.after(refusedMilliseconds, () => this.#perAddress.add(address, -1));
    };
  }
}
