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

interface Person {
  held: number;
  waiting: (() => void)[];
}

/** Who is told to come back asks once more after so many seconds: for a slot of one's own, and for any. */
const ownRetryAfter = 1;
const retryAfter = 5;

/**
 * Slots for work that is done a little at a time. Who waits for one gets it fairly: first come first served among
 * one person's, and among people whoever has had no slot for longest. Who comes anew is as if they just left one.
 */
export class FairSlots {
  /** Fairness: those who hold a slot or wait for one, in the order in which they are served next. */
  readonly #people = new Map<number, Person>();
  #held = 0;
  #waiting = 0;

  constructor(private readonly limits: SlotLimits) {}

  /**
   * Waits for a slot; what it answers gives the slot back, once. Who hangs up (`gone`) waits no longer; a slot that
   * is held stays held. Errors: `rate_limited` when this person has too much waiting, `overloaded` when all together
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

  /** Does the work in a slot. Errors: those of `take` and of the work. */
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

  /** Looks past those who hold all the slots that they may: no more people than there are slots. */
  #serve(): void {
    for (const person of this.#people.values()) {
      const [first] = person.waiting;
      if (first && this.#isFreeFor(person)) return first();
    }
  }

  /** Behind all others, or nowhere when there is nothing to remember. */
  #putLast(personId: number, person: Person): void {
    this.#people.delete(personId);
    if (!isIdle(person)) this.#people.set(personId, person);
  }
}

function isIdle({ held, waiting }: Person): boolean {
  return held === 0 && waiting.length === 0;
}

/** Nobody hears it. */
function hungUp(): ChatError {
  return new ChatError("overloaded", "The caller has hung up.", { retryAfter });
}
