import { Bell } from "../core/bell.ts";
import { describeError, type Log } from "../core/log.ts";
import type { Database } from "../platform/db/database.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Journal, JournalRow } from "./journal.ts";

/**
 * Something that follows the journal at its own pace: what was told leads to more. It keeps its own place, and
 * writes it together with what it makes of the events, so a crash in between neither loses nor doubles anything.
 */
export interface Follower {
  name: string;
  /** The types of events that it follows. */
  types: readonly string[];
  /** The position up to which it has handled everything. */
  position(): Promise<number>;
  /**
   * Handles `rows`, in order: all events of its types up to `upTo`. There may be none. When `signal` is aborted it
   * ends at once, by throwing; it will be asked again after the next start.
   */
  handle(rows: JournalRow[], upTo: number, signal: AbortSignal): Promise<void>;
}

export interface FollowersDeps {
  db: Database;
  journal: Journal;
  dispatch: Dispatch;
  log: Log;
}

/** At most so many events at once, so that nobody waits long for the transaction they lead to. */
const batchRows = 200;
/** After a batch, what happens meanwhile is handled together. Nobody notices, and it is much cheaper. */
const paceMilliseconds = 20;
const retryMilliseconds = 1000;

/** How long followers may take to finish when the server stops; the rest waits for the next start. */
const stopMilliseconds = 3000;

/** Drives all followers, each behind its own place in the journal. */
export class Followers {
  readonly #places = new Map<Follower, number>();
  #working: Promise<unknown> = Promise.resolve();
  #isFinishing = false;
  readonly #abort = new AbortController();
  readonly #news = new Bell();
  readonly #progress = new Bell();
  /** How to wake those who rest. */
  readonly #resting = new Set<() => void>();

  constructor(
    private readonly deps: FollowersDeps,
    private readonly followers: readonly Follower[],
  ) {}

  async start(): Promise<void> {
    for (const one of this.followers) this.#places.set(one, await one.position());
    this.deps.dispatch.onTold(() => this.#news.ring());
    this.#working = Promise.all(this.followers.map((one) => this.#follow(one)));
  }

  /** The position up to which all have handled everything: what is older is needed no more. */
  get position(): number {
    return Math.min(Number.MAX_SAFE_INTEGER, ...this.#places.values());
  }

  /** Settles when all that has been told so far is handled, and what that led to as well. */
  async settled(): Promise<void> {
    while (!this.#isFinishing && this.position < this.deps.dispatch.position) await this.#progress.next();
  }

  /** Lets each handle what there is, as far as there is time, when nothing new is told any more. */
  async stop(): Promise<void> {
    this.#isFinishing = true;
    this.#news.ring();
    for (const wake of this.#resting) wake();
    await Promise.race([this.#working, Bun.sleep(stopMilliseconds)]);
    this.#abort.abort();
    await this.#working;
    this.#progress.ring();
  }

  async #follow(follower: Follower): Promise<void> {
    while (!this.#abort.signal.aborted) {
      // Before looking, so that none is missed.
      const news = this.#news.next();
      try {
        if (await this.#step(follower)) await this.#rest(paceMilliseconds);
        else if (this.#isFinishing) return;
        else await news;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        const { name } = follower;
        this.deps.log.error("following the journal failed", { follower: name, ...describeError(error) });
        if (this.#isFinishing) return;
        await this.#rest(retryMilliseconds);
      }
    }
  }

  /** False when there was nothing new. */
  async #step(follower: Follower): Promise<boolean> {
    const { db, journal } = this.deps;
    const after = this.#places.get(follower)!;
    if (after >= this.deps.dispatch.position) return false;
    const { rows, upTo } = await db.read(async (read) => ({
      rows: await journal.rowsOf(read, follower.types, after, batchRows),
      upTo: await journal.newest(read),
    }));
    const end = rows.length === batchRows ? rows.at(-1)!.pos : upTo;
    await follower.handle(rows, end, this.#abort.signal);
    this.#places.set(follower, end);
    this.#progress.ring();
    return true;
  }

  /** Not when everything has to come to an end. */
  #rest(milliseconds: number): Promise<void> {
    if (this.#isFinishing) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#resting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#resting.add(wake);
    });
  }
}
