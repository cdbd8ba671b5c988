import type { Clock } from "../../../core/clock.ts";
import type { Allowance } from "../../../platform/inspector/inspector.ts";
import { Costs } from "./costs.ts";
import { RoundRobin, type Waiting } from "./fairness.ts";

/**
 * Which file is looked at next, and for how long. Each gets a short look first, and one as long as it may be only when its
 * sender's turn comes again: what burns the decoder's time waits behind all whose senders cost less, and many new accounts
 * with one such file each take a short look's time each.
 */
export class Schedule {
  readonly #costs: Costs;
  readonly #pictures: RoundRobin;
  readonly #files: RoundRobin;
  #wasPicture = false;
  /** What a short look was not enough for, as far as it still waits. */
  #long = new Set<number>();

  constructor(
    clock: Clock,
    private readonly firstMilliseconds: number,
  ) {
    this.#costs = new Costs(clock);
    const rankOf = (userId: number) => this.rankOf(userId);
    this.#pictures = new RoundRobin(rankOf);
    this.#files = new RoundRobin(rankOf);
  }

  /** What somebody has cost lately, in steps. */
  rankOf(userId: number): number {
    return this.#costs.rankOf(userId);
  }

  /** Of people who cost the same, pictures that somebody waits for and what everybody has sent are in turn. */
  next<P extends Waiting, F extends Waiting>(
    pictures: readonly P[],
    files: readonly F[],
  ): { picture?: P | undefined; file?: F | undefined } {
    const waiting = [...pictures, ...files].map((one) => one.id);
    this.#long = new Set(waiting.filter((id) => this.#long.has(id)));
    const lead = this.#pictures.lowestRank(pictures) - this.#files.lowestRank(files);
    this.#wasPicture = lead < 0 || (lead === 0 && !this.#wasPicture);
    return this.#wasPicture ? { picture: this.#pictures.next(pictures) } : { file: this.#files.next(files) };
  }

  /** For a look at this one, whose sender pays for it. */
  allowanceFor({ id, uploaderId }: Waiting): Allowance {
    return {
      ...(!this.#long.has(id) && { milliseconds: this.firstMilliseconds }),
      took: (milliseconds) => this.#costs.add(uploaderId, milliseconds),
    };
  }

  /** The look was too short. */
  askMore({ id }: Waiting): void {
    this.#long.add(id);
  }
}
