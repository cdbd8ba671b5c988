/** Whose turn it is: nobody waits for all that another has to be done. */
export class Turns {
  /** When somebody last had a turn, as far as they have something waiting. */
  #last = new Map<number, number>();
  #count = 0;

  /**
   * Of each person's first that waits, the one of who has waited for longest; among those, what came first. Who comes
   * anew is as if they just had a turn: else many with one file each would keep others waiting.
   */
  next<T extends { id: number; uploaderId: number }>(waiting: readonly T[]): T | undefined {
    const last = new Map(
      waiting.map(({ uploaderId }) => [uploaderId, this.#last.get(uploaderId) ?? this.#count]),
    );
    const lastOf = (one: T) => last.get(one.uploaderId)!;
    const [next] = waiting.toSorted((a, b) => lastOf(a) - lastOf(b) || a.id - b.id);
    if (next) last.set(next.uploaderId, ++this.#count);
    this.#last = last;
    return next;
  }
}
