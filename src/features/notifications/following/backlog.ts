import { ChatError } from "../../../core/errors.ts";
import { Loop } from "../../../core/job.ts";
import { describeError } from "../../../core/log.ts";
import { mostRows } from "../../../events/work.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import * as store from "./backlog-store.ts";
import type { ChatJob } from "./jobs.ts";
import { doPage } from "./pages.ts";

const retryMilliseconds = 1000;

/**
 * The jobs of chats in which there is more to do than a page: they are in a table, and a page of each chat is done in
 * turn (round robin). So whoever calls thousands again and again waits for that alone, and nobody else does. Nor do they
 * for a chat whose page fails: it is left out, and tried again after a while.
 */
export class Backlog extends Loop {
  /** The chat whose turn it was last. */
  #turn = 0;
  /** Chats whose page has just failed, and how to stop waiting to try it again. */
  readonly #failing = new Map<number, () => void>();

  constructor(private readonly kit: Kit) {
    const { clock, log } = kit;
    super({ name: "notification backlog", clock, log, step: () => this.step() });
  }

  override get isRetrying(): boolean {
    return super.isRetrying || this.#failing.size > 0;
  }

  /** Leaves a job to be done behind what its chat has here already. */
  async put(tx: Tx, job: ChatJob): Promise<void> {
    await store.insertJob(tx, job);
    tx.onDurable(() => this.wake());
  }

  /**
   * One transaction: a large page or some small ones. False when there was nothing to do now. Errors: what a
   * transaction fails with; a page that fails is left for later.
   */
  async step(): Promise<boolean> {
    const page: { chatId?: number | undefined } = {};
    try {
      this.#turn = await this.kit.db.transact((tx) => this.#doPages(tx, page));
    } catch (error) {
      // A full disk is no chat's.
      const isFull = error instanceof ChatError && error.code === "storage_full";
      if (page.chatId === undefined || isFull) throw error;
      // The pages of other chats in the same transaction are undone with it, and done next.
      this.#leaveOut(page.chatId, error);
      return true;
    }
    return this.#turn > 0;
  }

  override async stop(): Promise<void> {
    await super.stop();
    for (const stopWaiting of this.#failing.values()) stopWaiting();
  }

  /** `page`: the chat whose page is being done. Answers the last one's; 0 when there was none. */
  async #doPages(tx: Tx, page: { chatId?: number | undefined }): Promise<number> {
    let turn = this.#turn;
    for (let rows = 0; rows < mostRows;) {
      const job = await store.nextJob(tx, turn, this.#failing.keys());
      if (!job) return rows === 0 ? 0 : turn;
      turn = job.chatId;
      page.chatId = job.chatId;
      const done = await doPage(this.kit, tx, job);
      page.chatId = undefined;
      rows += done.rows;
      if (done.after === undefined) await store.deleteJob(tx, job.id);
      else await store.moveJob(tx, job.id, done.after);
      for (const next of done.next ?? []) await store.insertJob(tx, next);
    }
    return turn;
  }

  #leaveOut(chatId: number, error: unknown): void {
    const { clock, log } = this.kit;
    log.error("notification backlog failed", { chat_id: chatId, ...describeError(error) });
    const stopWaiting = clock.after(retryMilliseconds, () => {
      this.#failing.delete(chatId);
      this.wake();
    });
    this.#failing.set(chatId, stopWaiting);
  }
}

export const backlog = perKit((kit: Kit) => new Backlog(kit));
