import type { Clock } from "../core/clock.ts";
import { Loop } from "../core/job.ts";
import type { Log } from "../core/log.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Journal, JournalRow } from "./journal.ts";

/**
 * A consumer of the journal: it reads events at its own pace, after they were dispatched, and does what follows from
 * them. It keeps its own position, and writes it together with what it makes of the events, so a crash neither loses
 * nor doubles anything.
 */
export interface Follower {
  name: string;
  /** The types of events that it reads. */
  types: readonly string[];
  /** The position up to which it has handled everything. */
  position(): Promise<number>;
  /**
   * Handles `rows`, in order: all events of its types up to `upTo`. There may be none. When `signal` is aborted it
   * ends at once, by throwing; it will be asked again after the next start.
   */
  handle(rows: JournalRow[], upTo: number, signal: AbortSignal): Promise<void>;
}

export interface FollowingDeps {
  journal: Journal;
  dispatch: Dispatch;
  clock: Clock;
  log: Log;
}

/** The largest batch of events, so that nobody waits long for the transaction that they lead to. */
const batchRows = 200;
/** The pause after a batch: what happens meanwhile is the next batch, which is much cheaper than one by one. */
const restMilliseconds = 20;
/** How long a follower may go on when the server stops; the rest waits for the next start. */
const drainMilliseconds = 3000;

/** The loop that drives one follower. */
export class Following extends Loop {
  #position = 0;

  constructor(
    private readonly deps: FollowingDeps,
    private readonly follower: Follower,
  ) {
    super({
      ...deps,
      name: follower.name,
      step: (signal) => this.#handleNext(signal),
      restMilliseconds,
      drainMilliseconds,
    });
  }

  override async start(): Promise<void> {
    this.#position = await this.follower.position();
    this.deps.dispatch.onTold(() => this.wake());
    await super.start();
  }

  /** The position up to which everything is handled: up to there it needs the journal no more. */
  get position(): number {
    return this.#position;
  }

  /** False when there was nothing new. */
  async #handleNext(signal: AbortSignal): Promise<boolean> {
    const { journal, dispatch } = this.deps;
    const after = this.#position;
    if (after >= dispatch.position) return false;
    const { rows, upTo } = await journal.toldOf(this.follower.types, after, batchRows);
    await this.follower.handle(rows, upTo, signal);
    this.#position = upTo;
    return true;
  }
}
