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
 * Admission control: slots for requests with a long body, from the first byte until the body is read. Until then the
 * runtime buffers up to a megabyte of each, even if it is refused. So a client that sends such bodies for nothing again
 * and again is limited, too.
 */
export class LongBodySlots {
  readonly #perAddress = new Tally();
  #inAll = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: LongBodyLimits,
  ) {}

  /** Takes a slot; undefined when none is free. */
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
