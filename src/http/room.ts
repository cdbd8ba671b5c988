/** Memory for the bodies that are being read, all together. */
import { ChatError } from "../core/errors.ts";
import { Tally } from "../core/tally.ts";

export interface RoomLimits {
  /** Bytes of all bodies that are being read. */
  inAll: number;
  /** Bytes of those from one address. */
  perAddress: number;
}

/** One body that is being read. */
export interface Place {
  /** Has room for so many bytes from now on. Errors: `rate_limited`, `overloaded`, where others have a better claim. */
  grow(bytes: number): void;
  /** Gives its room back. */
  leave(): void;
}

interface Held {
  address: string;
  bytes: number;
  giveUp(error: ChatError): void;
}

/** A moment: those that are under way are short. */
const retryAfter = 1;

/**
 * Shares the memory out. Where there is too little, whatever holds most is given up, of the same address or of all:
 * bodies that people send are small and there at once, so whoever sends large ones slowly makes room for them.
 */
export class BodyRoom {
  readonly #held = new Set<Held>();
  readonly #perAddress = new Tally();
  #bytes = 0;

  constructor(private readonly limits: RoomLimits) {}

  /** `giveUp` is called at most once, when another body has the better claim. */
  enter(address: string, giveUp: (error: ChatError) => void): Place {
    const held: Held = { address, bytes: 0, giveUp };
    this.#held.add(held);
    return {
      grow: (bytes) => this.#grow(held, bytes),
      leave: () => this.#leave(held),
    };
  }

  #grow(held: Held, bytes: number): void {
    // Whoever has been given up holds nothing any more.
    if (!this.#held.has(held)) return;
    this.#count(held, bytes - held.bytes);
    const { inAll, perAddress } = this.limits;
    while (this.#perAddress.of(held.address) > perAddress) {
      this.#giveUpLargest(held, held.address, new ChatError("rate_limited", undefined, { retryAfter }));
    }
    while (this.#bytes > inAll) {
      this.#giveUpLargest(held, undefined, new ChatError("overloaded", undefined, { retryAfter }));
    }
  }

  /** Of those that hold as much the one that came first. Throws the error when that is the one that grows. */
  #giveUpLargest(growing: Held, address: string | undefined, error: ChatError): void {
    let largest: Held | undefined;
    for (const one of this.#held) {
      if ((address ?? one.address) !== one.address) continue;
      if (!largest || one.bytes > largest.bytes) largest = one;
    }
    this.#leave(largest!);
    if (largest === growing) throw error;
    largest!.giveUp(error);
  }

  #count(held: Held, more: number): void {
    held.bytes += more;
    this.#bytes += more;
    this.#perAddress.add(held.address, more);
  }

  #leave(held: Held): void {
    if (!this.#held.delete(held)) return;
    this.#count(held, -held.bytes);
  }
}
