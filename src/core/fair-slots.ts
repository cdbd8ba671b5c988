import { ChatError } from "./errors.ts";

export interface SlotLimits {
  /** Slots that one person holds at a time. */
  perPerson: number;
  /** Slots that there are. */
  inAll: number;
  /** What one person has waiting for a slot at a time. */
  waitingPerPerson: number;
  /** What waits for a slot at a time, whoever it is for. */
  waitingInAll: number;
}

/**
 * Slots of a thread, which does one thing after another. The second one is for what comes next: as nobody has both, who
 * comes while one person's work is done is next.
 */
export function slotsOfThread(waiting: Pick<SlotLimits, "waitingPerPerson" | "waitingInAll">): FairSlots {
  return new FairSlots({ perPerson: 1, inAll: 2, ...waiting });
}

interface Person {
  held: number;
  waiting: (() => void)[];
}

/** `retry_after` of a refusal, in seconds: when the person's own limit is reached, and when that of all is. */
const ownRetryAfter = 1;
const retryAfter = 5;

/**
 * A semaphore with fair queueing: a limited number of slots for expensive work. One person's requests are served first
 * come, first served; between people it is round robin: the next slot goes to whoever has been without one for longest.
 * Somebody who is new is last in that order.
 */
export class FairSlots {
  /** Those who hold a slot or wait for one, in the order in which they are served next. */
  readonly #people = new Map<number, Person>();
  #held = 0;
  #waiting = 0;

  constructor(private readonly limits: SlotLimits) {}

  /**
   * Waits for a slot, and returns a function that releases it. Aborting `gone` ends the wait, but releases no slot that
   * is already held. Errors: `rate_limited` when this person has too much waiting, `overloaded` when all together
   * have, or when `gone` is aborted.
   */
  async take(personId: number, gone?: AbortSignal): Promise<() => void> {
    if (gone?.aborted) throw hungUp();
    const person = this.#people.get(personId) ?? { held: 0, waiting: [] };
    if (this.#isFreeFor(person)) return this.#give(personId, person);
    if (person.waiting.length >= this.limits.waitingPerPerson) {
      throw new ChatError("rate_limited", undefined, { retryAfter: ownRetryAfter });
    }
    if (this.#waiting >= this.limits.waitingInAll) {
      throw new ChatError("overloaded", undefined, { retryAfter });
    }
    return this.#wait(personId, person, gone);
  }

  /** Waits for a slot, does the work, and releases the slot. Errors: those of `take` and of the work. */
  async run<T>(personId: number, work: () => Promise<T>, gone?: AbortSignal): Promise<T> {
    const leave = await this.take(personId, gone);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  #isFreeFor(person: Person): boolean {
    return this.#held < this.limits.inAll && person.held < this.limits.perPerson;
  }

  #give(personId: number, person: Person): () => void {
    this.#held += 1;
    person.held += 1;
    this.#putLast(personId, person);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#held -= 1;
      person.held -= 1;
      this.#putLast(personId, person);
      this.#serve();
    };
  }

  #wait(personId: number, person: Person, gone?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leaveQueue = () => {
        gone?.removeEventListener("abort", hangUp);
        person.waiting.splice(person.waiting.indexOf(enter), 1);
        this.#waiting -= 1;
      };
      const enter = () => {
        leaveQueue();
        resolve(this.#give(personId, person));
      };
      const hangUp = () => {
        leaveQueue();
        if (isIdle(person)) this.#people.delete(personId);
        reject(hungUp());
      };
      gone?.addEventListener("abort", hangUp);
      person.waiting.push(enter);
      this.#waiting += 1;
      this.#people.set(personId, person);
    });
  }

  /** Skips those who hold as many slots as one person may: at most as many people as there are slots. */
  #serve(): void {
    for (const person of this.#people.values()) {
      const [first] = person.waiting;
      if (first && this.#isFreeFor(person)) return first();
    }
  }

  /** Moves somebody behind all others, or forgets them when they hold nothing and wait for nothing. */
  #putLast(personId: number, person: Person): void {
    this.#people.delete(personId);
    if (!isIdle(person)) this.#people.set(personId, person);
  }
}

function isIdle({ held, waiting }: Person): boolean {
  return held === 0 && waiting.length === 0;
}

/** Nobody reads this answer: the caller is gone. */
function hungUp(): ChatError {
  return new ChatError("overloaded", "The caller has hung up.", { retryAfter });
}
