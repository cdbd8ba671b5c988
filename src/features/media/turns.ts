/** Whose turn it is: nobody waits for all that another has to be done. */
export class Turns {
  /** When somebody last had a turn, as far as they have something waiting. */
  #last = new Map<number, number>();
  #count = 0;

  /** Of each person's first that waits, the one of who has waited for longest; among those, what came first. */
  next<T extends { id: number; uploaderId: number }>(waiting: readonly T[]): T | undefined {
    const lastOf = (one: T) => this.#last.get(one.uploaderId) ?? 0;
    const [next] = waiting.toSorted((a, b) => lastOf(a) - lastOf(b) || a.id - b.id);
    this.#last = new Map(waiting.map((one) => [one.uploaderId, lastOf(one)]));
    if (next) this.#last.set(next.uploaderId, ++this.#count);
    return next;
  }
}
