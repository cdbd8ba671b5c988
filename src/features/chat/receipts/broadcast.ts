import { ChatError } from "../../../core/errors.ts";
import type { Job } from "../../../core/job.ts";
import { describeError } from "../../../core/log.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { findSize } from "../groups/store.ts";
import { messageStatus, type Reached, toStatus } from "./events.ts";
import * as store from "./markers-store.ts";

const shortestMilliseconds = 50;
const longestMilliseconds = 1000;
/** Chats that are told in one transaction at the start. */
const chatsAtOnce = 200;

/**
 * Tells chats how far their members have come. The first one is told at once; all who move within the time that
 * follows are told together (coalescing), so that a thousand people who read at once are not a million frames.
 */
export class StatusBroadcast implements Job {
  readonly name = "receipts";
  /** Who has come further in which chat since it was told last; each move has a number of its own. */
  readonly #moved = new Map<number, Map<number, number>>();
  #moves = 0;
  /** Chats that were told a moment ago, and how to end the wait for the right time. */
  readonly #resting = new Map<number, () => void>();
  readonly #telling = new Set<Promise<void>>();
  #isOver = false;

  constructor(private readonly kit: Kit) {}

  /** Tells what a server that was cut off had left to tell. */
  async start(): Promise<void> {
    const { db } = this.kit;
    const chatIds = await db.read(store.findStatusDue);
    for (let at = 0; at < chatIds.length; at += chatsAtOnce) {
      await db.transact(async (tx) => {
        for (const chatId of chatIds.slice(at, at + chatsAtOnce)) {
          const { statusPos } = await findSize(tx, chatId);
          await this.#record(tx, chatId, await store.findProgress(tx, chatId), statusPos);
        }
      });
    }
  }

  /** In the transaction in which somebody has come further: the chat is told once that is on disk. */
  async moved(
    tx: Tx,
    chatId: number,
    userId: number,
    { memberCount, isStatusDue }: { memberCount: number; isStatusDue: boolean },
  ): Promise<void> {
    if (!isStatusDue && !this.#isLarge(memberCount)) await store.markStatusDue(tx, chatId);
    // Now, not once it is on disk: whatever tells the chat behind this transaction tells of it, too. Where this one
    // fails, somebody is told of who has not moved, which says nothing new.
    const moved = this.#moved.get(chatId) ?? new Map<number, number>();
    this.#moved.set(chatId, moved.set(userId, ++this.#moves));
    tx.onDurable(() => {
      if (!this.#resting.has(chatId)) this.#tell(chatId);
    });
  }

  /** Settles when everything that can be is told, without waiting for the right time. */
  async settled(): Promise<void> {
    await Promise.all(this.#telling);
    for (const chatId of this.#moved.keys()) this.#tell(chatId);
    await Promise.all(this.#telling);
  }

  async stop(): Promise<void> {
    await this.settled();
    this.#isOver = true;
    for (const cancel of this.#resting.values()) cancel();
  }

  /** How far somebody has come there is told only to those who look at the chat. */
  #isLarge(memberCount: number): boolean {
    return memberCount > this.kit.settings.largeChatMembers;
  }

  #tell(chatId: number): void {
    this.#resting.get(chatId)?.();
    this.#resting.set(chatId, () => {});
    const telling = this.#tellNow(chatId)
      .catch((error: unknown) => this.#failed(chatId, error))
      .then((milliseconds) => {
        this.#telling.delete(telling);
        if (!this.#isOver) this.#rest(chatId, milliseconds);
      });
    this.#telling.add(telling);
  }

  /** No room, or the end: it is left to tell. */
  #failed(chatId: number, error: unknown): number {
    if (!(error instanceof ChatError)) {
      this.kit.log.error("broadcasting receipts failed", { chat_id: chatId, ...describeError(error) });
    }
    return longestMilliseconds;
  }

  #rest(chatId: number, milliseconds: number): void {
    const cancel = this.kit.clock.after(milliseconds, () => {
      this.#resting.delete(chatId);
      if (this.#moved.has(chatId)) this.#tell(chatId);
    });
    this.#resting.set(chatId, cancel);
  }

  /** Answers how long to wait before the chat is told again. */
  async #tellNow(chatId: number): Promise<number> {
    const { memberCount, reached } = await this.kit.db.transact(async (tx) => {
      const { memberCount, statusPos } = await findSize(tx, chatId);
      const moved = [...(this.#moved.get(chatId) ?? [])];
      const reached = await this.#reached(tx, chatId, moved);
      if (!this.#isLarge(memberCount)) await this.#record(tx, chatId, reached, statusPos);
      tx.onDurable(() => this.#forget(chatId, moved));
      return { memberCount, reached };
    });
    if (this.#isLarge(memberCount) && reached.length > 0) {
      const payload = { chat_id: chatId, statuses: reached.map(toStatus) };
      this.kit.dispatch.tellNow(messageStatus, { looking: [chatAudience(chatId)] }, payload);
    }
    return Math.min(Math.max(memberCount, shortestMilliseconds), longestMilliseconds);
  }

  /** Not of those who have left meanwhile. */
  async #reached(tx: Tx, chatId: number, moved: [userId: number, move: number][]): Promise<Reached[]> {
    const reached: Reached[] = [];
    for (const [userId] of moved) {
      const markers = await store.findMarkers(tx, chatId, userId);
      if (markers) reached.push({ userId, ...markers });
    }
    return reached;
  }

  /** Those who have moved again meanwhile stay. */
  #forget(chatId: number, told: [userId: number, move: number][]): void {
    const moved = this.#moved.get(chatId);
    for (const [userId, move] of told) if (moved?.get(userId) === move) moved.delete(userId);
    if (moved?.size === 0) this.#moved.delete(chatId);
  }

  /** `replaces`: the event that told the chat last. */
  async #record(tx: Tx, chatId: number, reached: Reached[], replaces: number): Promise<void> {
    if (reached.length === 0) return store.markStatusTold(tx, chatId, replaces);
    const payload = { chat_id: chatId, statuses: reached.map(toStatus) };
    const audience = chatAudience(chatId);
    const pos = await this.kit.journal.record(tx, messageStatus, audience, chatId, payload, { replaces });
    await store.markStatusTold(tx, chatId, pos);
  }
}
