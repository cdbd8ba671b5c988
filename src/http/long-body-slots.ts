import type { Clock } from "../core/clock.ts";
import { Tally } from "../core/tally.ts";

export interface LongBodyLimits {
  /** Slots for requests with a long body that nobody reads yet: what one address may have of them, and all. */
  perAddress: number;
  inAll: number;
  /** How long a request that is refused unread keeps its slot. */
  refusedMilliseconds: number;
}

/** Releases the slot, once: at once when the body is read now, otherwise a moment later. */
export type ReleaseSlot = (isUnread: boolean) => void;

/**
 * Admission control: slots for requests with a long body, from their first byte until somebody reads it. Until then the
 * runtime takes in up to a megabyte of each, whatever comes of it; and of whoever sends one for nothing over and over,
 * only so many are looked at.
 */
export class LongBodySlots {
  readonly #perAddress = new Tally();
  #inAll = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: LongBodyLimits,
  ) {}

  /** Undefined when there is none. */
  take(address: string): ReleaseSlot | undefined {
    const { perAddress, inAll, refusedMilliseconds } = this.limits;
    if (this.#perAddress.of(address) >= perAddress || this.#inAll >= inAll) return undefined;
    this.#perAddress.add(address, 1);
    this.#inAll += 1;
    let isHeld = true;
    return (isUnread) => {
      if (!isHeld) return;
      isHeld = false;
      this.#inAll -= 1;
      if (!isUnread || refusedMilliseconds === 0) this.#perAddress.add(address, -1);
      else this.clock.after(refusedMilliseconds, () => this.#perAddress.add(address, -1));
    };
  }
}
