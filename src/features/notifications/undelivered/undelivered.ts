import { Loop } from "../../../core/job.ts";
import { audienceId } from "../../../events/event.ts";
import { workThrough } from "../../../events/work.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { messageFilled, newMessage, outlinesOf } from "../../chat/index.ts";
import { lookAt, type NewsOfChat } from "./unproved.ts";

/** What was told within a second. */
interface Window {
  openedAt: number;
  /** The position of its first message. */
  from: number;
  chats: Map<number, NewsOfChat>;
  /** Only large chats are left to be looked at. */
  isLate: boolean;
}

const name = "undelivered";
const windowMilliseconds = 1000;
/** Longer than a phone takes to find the network again, and soon enough for somebody who waits for a message. */
const patienceMilliseconds = 10_000;
const batchRows = 1000;

/**
 * Whoever was connected when a message came was not notified of it. This looks again ten seconds later: who has not
 * proved by then that it arrived is notified after all. A message costs an entry in memory; one timer serves all.
 * What was told before a crash is found in the journal, and looking twice leads to the same.
 */
export class Undelivered extends Loop {
  readonly #windows: Window[] = [];
  /** The position of the last message that was told. */
  #newest = 0;

  constructor(private readonly kit: Kit) {
    const { clock, log } = kit;
    super({
      name,
      clock,
      log,
      prepare: () => this.#catchUp(),
      step: (signal) => this.#step(signal),
    });
  }

  /** A message, or what it was sent ahead of, has just been told, at this position. */
  told({ id, chat_id: chatId, seq }: Told, position: number): void {
    const now = this.kit.clock.monotonic();
    let window = this.#windows.at(-1);
    if (!window || now - window.openedAt >= windowMilliseconds) {
      window = { openedAt: now, from: position, chats: new Map(), isLate: false };
      this.#windows.push(window);
      this.#setTimer();
    }
    this.#newest = Math.max(this.#newest, position);
    window.from = Math.min(window.from, position);
    const news = window.chats.get(chatId) ?? { chatId, firstSeq: seq, lastId: id, position };
    news.firstSeq = Math.min(news.firstSeq, seq);
    news.lastId = Math.max(news.lastId, id);
    news.position = Math.min(news.position, position);
    window.chats.set(chatId, news);
  }

  /** Takes in what it has not looked at yet: from then on it needs the journal no more, until the next start. */
  async #catchUp(): Promise<void> {
    const { db, journal } = this.kit;
    const types = [newMessage.type, messageFilled.type];
    for (let after: number | undefined = await journal.positionOf(name); after !== undefined;) {
      const from: number = after;
      const { rows, messages } = await db.read(async (read) => {
        const rows = await journal.rowsOf(read, types, from, batchRows);
        const ids = new Set(rows.map((row) => row.ref));
        return { rows, messages: await outlinesOf(read, ids) };
      });
      const seqs = new Map(messages.map((one) => [one.id, one.seq]));
      for (const { ref: id, audience, pos } of rows) {
        const seq = seqs.get(id);
        if (seq !== undefined) this.told({ id, chat_id: audienceId(audience), seq }, pos);
      }
      after = rows.length < batchRows ? undefined : rows.at(-1)?.pos;
    }
  }

  #dueAt({ openedAt, isLate }: Window): number {
    // By then a socket from which nothing comes has been given up.
    const silent = this.kit.settings.heartbeatSeconds * 2 * 1000;
    return openedAt + windowMilliseconds + patienceMilliseconds + (isLate ? silent : 0);
  }

  /** For whatever is due next. */
  #setTimer(): void {
    if (this.#windows.length === 0) return;
    const next = Math.min(...this.#windows.map((one) => this.#dueAt(one)));
    this.wakeIn(next - this.kit.clock.monotonic());
  }

  async #step(signal: AbortSignal): Promise<boolean> {
    const now = this.kit.clock.monotonic();
    const due = this.#windows.filter((one) => this.#dueAt(one) <= now);
    // Large chats are much work, for which the others do not wait.
    const window = due.find((one) => !one.isLate) ?? due[0];
    if (!window) {
      this.#setTimer();
      return false;
    }
    const large = new Map<number, NewsOfChat>();
    const look = lookAt(this.kit, [...window.chats.values()], window.isLate, large);
    await workThrough(this.kit.db, [look], (tx) => this.#move(tx, window, large.size > 0), signal);
    window.chats = large;
    window.isLate = true;
    if (large.size === 0) this.#windows.splice(this.#windows.indexOf(window), 1);
    return true;
  }

  /** Up to where all has been looked at. */
  async #move(tx: Tx, done: Window, isLeft: boolean): Promise<void> {
    if (isLeft) return;
    const open = this.#windows.filter((one) => one !== done).map((one) => one.from - 1);
    await this.kit.journal.move(tx, name, Math.min(this.#newest, ...open));
  }
}

/** A message, as far as it has to be known. */
interface Told {
  id: number;
  chat_id: number;
  seq: number;
}

export const undelivered = perKit((kit: Kit) => new Undelivered(kit));
