import type { Clock } from "../../../core/clock.ts";

/** In this time half of what somebody cost is forgotten: a large album is forgiven in minutes, not at once. */
const halfLifeMilliseconds = 300_000;
/** A few hundred kilobytes. */
const mostPeople = 10_000;

/** What looking at people's files has cost lately, in milliseconds. */
export class Costs {
  readonly #spent = new Map<number, { milliseconds: number; at: number }>();

  constructor(
    private readonly clock: Pick<Clock, "monotonic">,
    private readonly most = mostPeople,
  ) {}

  add(userId: number, milliseconds: number): void {
    this.#spent.set(userId, { milliseconds: this.of(userId) + milliseconds, at: this.clock.monotonic() });
    if (this.#spent.size > this.most) this.#forgetCheapest();
  }

  of(userId: number): number {
    const spent = this.#spent.get(userId);
    return spent
      ? spent.milliseconds * 0.5 ** ((this.clock.monotonic() - spent.at) / halfLifeMilliseconds)
      : 0;
  }

  /** Coarse, so that people who cost about the same take turns: 0 below a second, and one more for each doubling. */
  rankOf(userId: number): number {
    return Math.floor(Math.log2(1 + this.of(userId) / 1000));
  }

  /** Whoever wants to be forgotten needs as many accounts that each cost more. */
  #forgetCheapest(): void {
    let cheapest: number | undefined;
    let least = Infinity;
    for (const userId of this.#spent.keys()) {
      const milliseconds = this.of(userId);
      if (milliseconds < least) [cheapest, least] = [userId, milliseconds];
    }
    if (cheapest !== undefined) this.#spent.delete(cheapest);
  }
}
