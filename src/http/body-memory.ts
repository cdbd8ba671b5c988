/** Memory budget for the bodies that are being read, all together. */
import { ChatError } from "../core/errors.ts";
import { Tally } from "../core/tally.ts";

export interface BodyMemoryLimits {
  /** Bytes of all bodies that are being read. */
  inAll: number;
  /** Bytes of those from one address. */
  perAddress: number;
}

/** What one body that is being read has of the budget. */
export interface Reservation {
  /** Holds so many bytes from now on. Errors: `rate_limited`, `overloaded`, where others have a better claim. */
  grow(bytes: number): void;
  release(): void;
}

interface Held {
  address: string;
  bytes: number;
  evict(error: ChatError): void;
}

/** A moment: those that are under way are short. */
const retryAfter = 1;

/**
 * Shares the budget out. Where there is too little, whatever holds most is evicted, of the same address or of all:
 * bodies that people send are small and there at once, so whoever sends large ones slowly makes room for them.
 */
export class BodyMemory {
  readonly #held = new Set<Held>();
  readonly #perAddress = new Tally();
  #bytes = 0;

  constructor(private readonly limits: BodyMemoryLimits) {}

  /** `evict` is called at most once, when another body has the better claim. */
  reserve(address: string, evict: (error: ChatError) => void): Reservation {
    const held: Held = { address, bytes: 0, evict };
    this.#held.add(held);
    return {
      grow: (bytes) => this.#grow(held, bytes),
      release: () => this.#release(held),
    };
  }

  #grow(held: Held, bytes: number): void {
    // Whoever has been evicted holds nothing any more.
    if (!this.#held.has(held)) return;
    this.#count(held, bytes - held.bytes);
    const { inAll, perAddress } = this.limits;
    while (this.#perAddress.of(held.address) > perAddress) {
      this.#evictLargest(held, held.address, new ChatError("rate_limited", undefined, { retryAfter }));
    }
    while (this.#bytes > inAll) {
      this.#evictLargest(held, undefined, new ChatError("overloaded", undefined, { retryAfter }));
    }
  }

  /** Throws the error when the largest is the one that grows. */
  #evictLargest(growing: Held, address: string | undefined, error: ChatError): void {
    const largest = this.#largestOf(address) ?? growing;
    this.#release(largest);
    if (largest === growing) throw error;
    largest.evict(error);
  }

  /** Of those that hold as much the one that came first. */
  #largestOf(address: string | undefined): Held | undefined {
    let largest: Held | undefined;
    for (const one of this.#held) {
      if ((address ?? one.address) !== one.address) continue;
      if (!largest || one.bytes > largest.bytes) largest = one;
    }
    return largest;
  }

  #count(held: Held, more: number): void {
    held.bytes += more;
    this.#bytes += more;
    this.#perAddress.add(held.address, more);
  }

  #release(held: Held): void {
    if (!this.#held.delete(held)) return;
    this.#count(held, -held.bytes);
  }
}
