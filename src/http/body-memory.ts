/** The memory budget of all request bodies that are being read. */
import { ChatError } from "../core/errors.ts";
import { Tally } from "../core/tally.ts";

export interface BodyMemoryLimits {
  /** Bytes of all bodies that are being read. */
  inAll: number;
  /** Bytes of those from one address. */
  perAddress: number;
}

/** The share of one body that is being read. */
export interface Reservation {
  /** Holds so many bytes from now on. Errors: `rate_limited`, `overloaded`, when this body is the largest. */
  grow(bytes: number): void;
  release(): void;
}

interface Held {
  address: string;
  bytes: number;
  evict(error: ChatError): void;
}

/** Short, because most bodies are. */
const retryAfter = 1;

/**
 * Divides the budget. When it is used up, the largest body is evicted, of the same address or of all: the bodies of
 * ordinary clients are small and arrive at once, so large ones that are sent slowly make room for them.
 */
export class BodyMemory {
  readonly #held = new Set<Held>();
  readonly #perAddress = new Tally();
  #bytes = 0;

  constructor(private readonly limits: BodyMemoryLimits) {}

  /** `evict` is called at most once, when this body has to make room for others. */
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

  /** Evicts the largest body; throws the error when that is the one that grows. */
  #evictLargest(growing: Held, address: string | undefined, error: ChatError): void {
    const largest = this.#largestOf(address) ?? growing;
    this.#release(largest);
    if (largest === growing) throw error;
    largest.evict(error);
  }

  /** The largest body; of several, the one that came first. */
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
