import { ChatError } from "../../../core/errors.ts";
import { Tally } from "../../../core/tally.ts";

/** Who waits for a password to be hashed. */
export interface Asker {
  address: string;
  network: string;
  /** Somebody has signed in from there before, or is signed in. */
  isKnown: boolean;
}

export interface QueueSize {
  /** Hashes under way at once. */
  concurrency: number;
  /** How many may wait; one more is told to come back. */
  queue: number;
  /** Of those under way and waiting, at most so many are of one address. */
  perAddress: number;
  /** The same for a network. */
  perNetwork: number;
}

interface Waiting {
  begin(): void;
  giveUp(): void;
}

const retryAfter = 5;

/**
 * Fair queue of passwords to be hashed. Known askers and strangers wait in two lanes, whose turns alternate; each lane
 * has half of the slots to itself, and lends what the other does not need. So neither those who guess nor those who
 * have accounts keep the others from signing in.
 */
export class PasswordQueue {
  #running = 0;
  #knownNext = true;
  readonly #known: Waiting[] = [];
  readonly #strangers: Waiting[] = [];
  /** How many are under way or waiting, by address and by network. */
  readonly #held = new Tally();

  constructor(private readonly size: QueueSize) {}

  /** Does the work when its turn has come; what the operator wants has no `asker`. Errors: `overloaded`. */
  async inTurn<T>(asker: Asker | undefined, work: () => Promise<T>): Promise<T> {
    const leave = this.#enter(asker);
    try {
      await this.#turn(asker?.isKnown ?? true);
      try {
        return await work();
      } finally {
        this.#next();
      }
    } finally {
      leave();
    }
  }

  /** Takes a slot for an asker; returns how to free it. */
  #enter(asker: Asker | undefined): () => void {
    if (!asker) return () => {};
    const { address, network } = asker;
    const { perAddress, perNetwork } = this.size;
    if (this.#held.of(address) >= perAddress || this.#held.of(network) >= perNetwork) {
      throw overloaded("Too many people are signing in from there.");
    }
    for (const key of [address, network]) this.#held.add(key, 1);
    return () => {
      for (const key of [address, network]) this.#held.add(key, -1);
    };
  }

  async #turn(isKnown: boolean): Promise<void> {
    const { concurrency, queue } = this.size;
    if (this.#running < concurrency) {
      this.#running += 1;
      return;
    }
    const [own, other] = isKnown ? [this.#known, this.#strangers] : [this.#strangers, this.#known];
    if (own.length + other.length >= queue) {
      if (other.length <= queue / 2) throw overloaded();
      other.pop()?.giveUp();
    }
    await new Promise<void>((resolve, reject) =>
      own.push({ begin: resolve, giveUp: () => reject(overloaded()) }),
    );
  }

  /** Hands the slot of one who is done to the next. */
  #next(): void {
    const [first, second] = this.#knownNext ? [this.#known, this.#strangers] : [this.#strangers, this.#known];
    this.#knownNext = !this.#knownNext;
    const next = first.shift() ?? second.shift();
    if (next) next.begin();
    else this.#running -= 1;
  }
}

function overloaded(detail = "Too many people are signing in."): ChatError {
  return new ChatError("overloaded", detail, { retryAfter });
}
