/** Something of somebody's that is to be looked at. */
export interface Waiting {
  id: number;
  uploaderId: number;
}

/** Whose turn it is: nobody waits for all that another has to be done, and who cost little before who cost much. */
export class RoundRobin {
  /** When somebody last had a turn, as far as they have something waiting. */
  #last = new Map<number, number>();
  #count = 0;

  /** `rankOf`: what somebody has cost lately, in steps. It falls by itself, or they might wait for ever. */
  constructor(private readonly rankOf: (userId: number) => number = () => 0) {}

  /**
   * Of each person's first that waits, the one of who has cost least, and among those of who has waited for longest;
   * then what came first. Who comes anew is as if they just had a turn: else many with one file each would keep others
   * waiting.
   */
  next<T extends Waiting>(waiting: readonly T[]): T | undefined {
    const last = new Map(
      waiting.map(({ uploaderId }) => [uploaderId, this.#last.get(uploaderId) ?? this.#count]),
    );
    const lowest = this.lowestRank(waiting);
    const lastOf = (one: T) => last.get(one.uploaderId) ?? this.#count;
    const [next] = waiting
      .filter((one) => this.rankOf(one.uploaderId) <= lowest)
      .toSorted((a, b) => lastOf(a) - lastOf(b) || a.id - b.id);
    if (next) last.set(next.uploaderId, ++this.#count);
    this.#last = last;
    return next;
  }

  /** Of those who have something waiting; Infinity for nobody. */
  lowestRank(waiting: readonly Waiting[]): number {
    return waiting.reduce((lowest, one) => Math.min(lowest, this.rankOf(one.uploaderId)), Infinity);
  }
}
