import type { Clock } from "../core/clock.ts";

export interface ArrivalLimits {
  /** Places for requests with a long body, which one address may have of them. */
  perAddress: number;
  /** The same of all addresses, for those that nobody reads yet. */
  inAll: number;
  /** How long a request that is refused unread keeps its places. */
  refusedMilliseconds: number;
}

/** The places of one request. */
export interface Arrival {
  /** Its body is being read now, and what is taken in has bounds of its own. */
  reads(): void;
  /** Gives the places back, once: at once when the body was read, otherwise a moment later. */
  leave(isUnread: boolean): void;
}

/**
 * Places for requests with a long body, from their first byte on. Until somebody reads it, or it is refused, the
 * runtime takes in up to a megabyte of each, whatever comes of it; and of whoever sends one for nothing over and over,
 * only so many are looked at.
 */
export class Arrivals {
  readonly #perAddress = new Map<string, number>();
  #unread = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: ArrivalLimits,
  ) {}

  /** Takes so many places; undefined when there are not as many. */
  enter(address: string, places: number): Arrival | undefined {
    const { perAddress, inAll, refusedMilliseconds } = this.limits;
    if ((this.#perAddress.get(address) ?? 0) + places > perAddress) return undefined;
    if (this.#unread + places > inAll) return undefined;
    this.#count(address, places);
    this.#unread += places;
    let isUnread = true;
    let isThere = true;
    const reads = () => {
      if (isUnread) this.#unread -= places;
      isUnread = false;
    };
    return {
      reads,
      leave: (isRefused) => {
        reads();
        if (!isThere) return;
        isThere = false;
        if (!isRefused || refusedMilliseconds === 0) this.#count(address, -places);
        else this.clock.after(refusedMilliseconds, () => this.#count(address, -places));
      },
    };
  }

  #count(address: string, places: number): void {
    const there = (this.#perAddress.get(address) ?? 0) + places;
    if (there > 0) this.#perAddress.set(address, there);
    else this.#perAddress.delete(address);
  }
}
