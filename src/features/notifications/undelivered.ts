import { Background } from "../../core/background.ts";
import type { Clock } from "../../core/clock.ts";
import { audienceId } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database } from "../../platform/db/database.ts";
import { findSeq } from "./undelivered-store.ts";
import { type LeftOver, type NewsOfChat, unprovedTasks } from "./unproved.ts";
import { workThrough } from "../../events/work.ts";

export interface UndeliveredDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  tasks: ReturnType<typeof unprovedTasks>;
  /** By when a socket from which nothing comes has been given up. */
  silentSeconds: number;
  failed(error: unknown): void;
}

/** What was told within a second. */
interface Window {
  openedAt: number;
  /** The positions of its first and last message. */
  from: number;
  to: number;
  chats: Map<number, NewsOfChat>;
  /** Only large chats are left to be looked at. */
  isLate: boolean;
}

const name = "undelivered";
const windowMilliseconds = 1000;
/** Longer than a phone takes to find the network again, and soon enough for somebody who waits for a message. */
const patienceMilliseconds = 10_000;
const retryMilliseconds = 1000;
const batchRows = 1000;

/**
 * Whoever was connected when a message came was not notified of it. This looks again ten seconds later: who has not
 * proved by then that it arrived is notified after all. A message costs an entry in memory; one timer serves all.
 * What was told before a crash is found in the journal, and looking twice leads to the same.
 */
export class Undelivered {
  readonly #windows: Window[] = [];
  readonly #work: Background;
  #cancelTimer: (() => void) | undefined;
  readonly #abort = new AbortController();

  constructor(private readonly deps: UndeliveredDeps) {
    this.#work = new Background({
      clock: deps.clock,
      retryMilliseconds,
      step: () => this.#step(),
      // What a stop cuts off is done after the next start.
      failed: (error) => this.#abort.signal.aborted || deps.failed(error),
    });
  }

  /** Takes in what it has not looked at yet: from then on it needs the journal no more, until the next start. */
  async start(): Promise<void> {
    const { db, journal } = this.deps;
    for (let after = await journal.placeOf(name); ;) {
      const found = await db.read(async (read) => {
        const rows = await journal.rowsOf(read, ["new_message", "message_filled"], after, batchRows);
        return Promise.all(rows.map(async (row) => ({ row, seq: await findSeq(read, row.ref) })));
      });
      for (const { row, seq } of found) this.told(audienceId(row.audience), { id: row.ref, seq }, row.pos);
      if (found.length < batchRows) break;
      after = found.at(-1)!.row.pos;
    }
    this.#work.start();
  }

  /** A message, or what it was sent ahead of, has just been told, at this position. */
  told(chatId: number, { id, seq }: { id: number; seq: number }, position: number): void {
    const now = this.deps.clock.monotonic();
    let window = this.#windows.at(-1);
    if (!window || now - window.openedAt >= windowMilliseconds) {
      window = { openedAt: now, from: position, to: position, chats: new Map(), isLate: false };
      this.#windows.push(window);
      this.#setTimer();
    }
    window.to = position;
    const news = window.chats.get(chatId);
    if (news) {
      news.firstSeq = Math.min(news.firstSeq, seq);
      news.lastId = Math.max(news.lastId, id);
    } else window.chats.set(chatId, { chatId, firstSeq: seq, lastId: id, position });
  }

  /** Settles when everything that is due has been looked at. */
  settled(): Promise<void> {
    return this.#work.settled();
  }

  async stop(): Promise<void> {
    this.#cancelTimer?.();
    this.#abort.abort();
    await this.#work.stop();
  }

  #dueAt({ openedAt, isLate }: Window): number {
    const patience = isLate ? this.deps.silentSeconds * 1000 : 0;
    return openedAt + windowMilliseconds + patienceMilliseconds + patience;
  }

  /** For whatever is due next. */
  #setTimer(): void {
    if (this.#cancelTimer || this.#windows.length === 0) return;
    const { clock } = this.deps;
    const next = Math.min(...this.#windows.map((one) => this.#dueAt(one)));
    this.#cancelTimer = clock.after(Math.max(0, next - clock.monotonic()), () => {
      this.#cancelTimer = undefined;
      this.#work.wake();
    });
  }

  async #step(): Promise<boolean> {
    const now = this.deps.clock.monotonic();
    const due = this.#windows.filter((one) => this.#dueAt(one) <= now);
    // Large chats are much work, for which the others do not wait.
    const window = due.find((one) => !one.isLate) ?? due[0];
    if (!window || this.#abort.signal.aborted) {
      if (!window) this.#setTimer();
      return false;
    }
    const large: LeftOver = new Map();
    const tasks = [...window.chats.values()].map((news) => this.deps.tasks(news, window.isLate, large));
    await workThrough(this.deps.db, tasks, (tx) => this.#move(tx, window, large), this.#abort.signal);
    window.chats = large;
    window.isLate = true;
    if (large.size === 0) this.#windows.splice(this.#windows.indexOf(window), 1);
    return true;
  }

  /** As far as all has been looked at. */
  async #move(tx: Parameters<Journal["move"]>[0], window: Window, large: LeftOver): Promise<void> {
    if (large.size > 0) return;
    const open = this.#windows.find((one) => one !== window);
    await this.deps.journal.move(tx, name, open && open.from < window.from ? open.from - 1 : window.to);
  }
}
