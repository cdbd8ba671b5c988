import { ChatError } from "../../core/errors.ts";
import type { Clock } from "../../core/clock.ts";
import { describeError, type Log } from "../../core/log.ts";
import type { Dispatch } from "../../events/dispatch.ts";
import { chatAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import { chatsToTell, leaveToTell, markersOf, markTold, progressIn, sizeOf } from "../chats/markers.ts";
import { messageStatus, toStatus } from "./events.ts";

export interface StatusesDeps {
  db: Database;
  journal: Journal;
  dispatch: Dispatch;
  clock: Clock;
  log: Log;
  /** With more members than this, how far somebody has come is told only to those who look at the chat. */
  largeChat: number;
}

/** A chat that is told at most once in a while. */
interface Window {
  /** Those who have come further since it was told last. */
  users: Set<number>;
  memberCount: number;
  /** Settles when what is being told is told. */
  telling: Promise<void> | undefined;
  cancel: () => void;
}

const shortestMilliseconds = 50;
const longestMilliseconds = 1000;

/**
 * Tells chats how far their members have come. The first one is told at once; all who move within the time that
 * follows are told together, so that a thousand people who read at once are not a million frames.
 */
export class Statuses {
  readonly #windows = new Map<number, Window>();
  #isOver = false;

  constructor(private readonly deps: StatusesDeps) {}

  /** Tells what a server that was cut off had left to tell. */
  async start(): Promise<void> {
    const { db } = this.deps;
    for (const chatId of await db.read(chatsToTell)) {
      await db.transact(async (tx) => this.#record(tx, chatId, await progressIn(tx, chatId)));
    }
  }

  /** In the transaction in which somebody has come further: the chat is told once that is on disk. */
  async moved(
    tx: Tx,
    chatId: number,
    userId: number,
    { memberCount, isStatusDue }: { memberCount: number; isStatusDue: boolean },
  ): Promise<void> {
    if (!isStatusDue && memberCount <= this.deps.largeChat) await leaveToTell(tx, chatId);
    tx.onDurable(() => this.#note(chatId, userId, memberCount));
  }

  /** Settles when everything is told, without waiting for the right time. */
  async settled(): Promise<void> {
    for (const [chatId, window] of this.#windows) {
      await window.telling;
      if (window.users.size > 0) await this.#tell(chatId, window);
    }
  }

  async stop(): Promise<void> {
    await this.settled();
    this.#isOver = true;
    for (const { cancel } of this.#windows.values()) cancel();
    this.#windows.clear();
  }

  #note(chatId: number, userId: number, memberCount: number): void {
    if (this.#isOver) return;
    const open = this.#windows.get(chatId);
    const window = open ?? { users: new Set(), memberCount, telling: undefined, cancel: () => {} };
    window.users.add(userId);
    window.memberCount = memberCount;
    if (open) return;
    this.#windows.set(chatId, window);
    this.#pass(chatId, window);
  }

  /** The time since it was told last is over. */
  #pass(chatId: number, window: Window): void {
    if (window.users.size === 0) return void this.#windows.delete(chatId);
    const milliseconds = Math.min(Math.max(window.memberCount, shortestMilliseconds), longestMilliseconds);
    window.cancel = this.deps.clock.after(milliseconds, () => this.#pass(chatId, window));
    void this.#tell(chatId, window);
  }

  #tell(chatId: number, window: Window): Promise<void> {
    const users = [...window.users];
    window.users.clear();
    const telling = this.#tellOf(chatId, users)
      .catch((error: unknown) => {
        for (const one of users) window.users.add(one);
        if (error instanceof ChatError) return;
        this.deps.log.error("telling receipts failed", { chat_id: chatId, ...describeError(error) });
      })
      .then(() => {
        if (window.telling === telling) window.telling = undefined;
      });
    window.telling = telling;
    return telling;
  }

  async #tellOf(chatId: number, users: number[]): Promise<void> {
    const { db, dispatch, largeChat } = this.deps;
    const live = await db.transact(async (tx) => {
      const { memberCount } = await sizeOf(tx, chatId);
      const found = await Promise.all(
        users.map(async (userId) => ({ userId, ...(await markersOf(tx, chatId, userId)) })),
      );
      // Not of those who have left meanwhile.
      const moved = found.filter((one) => "lastReadId" in one) as Parameters<typeof toStatus>[0][];
      if (memberCount > largeChat) return moved;
      await this.#record(tx, chatId, moved);
      return [];
    });
    if (live.length === 0) return;
    const payload = { chat_id: chatId, statuses: live.map(toStatus) };
    dispatch.tellNow(messageStatus, { looking: [chatAudience(chatId)] }, payload);
  }

  async #record(tx: Tx, chatId: number, moved: Parameters<typeof toStatus>[0][]): Promise<void> {
    const { statusPos: replaces } = await sizeOf(tx, chatId);
    const payload = { chat_id: chatId, statuses: moved.map(toStatus) };
    const audience = chatAudience(chatId);
    const pos = await this.deps.journal.record(tx, messageStatus, audience, chatId, payload, { replaces });
    await markTold(tx, chatId, pos);
  }
}
