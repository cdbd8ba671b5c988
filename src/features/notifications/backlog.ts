import { Background } from "../../core/background.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import { mostRows } from "../../events/work.ts";
import type { Database, Read, Tx } from "../../platform/db/database.ts";
import type { Job } from "./jobs.ts";
import * as store from "./jobs-store.ts";
import type { Tasks } from "./tasks.ts";

export interface BacklogDeps {
  db: Database;
  clock: Clock;
  tasks: Pick<Tasks, "page">;
  failed(error: unknown): void;
}

const retryMilliseconds = 1000;

/**
 * The jobs of chats in which there is more to do than a page: they are in a table, and a page of each chat is done in
 * turn. So whoever calls thousands again and again waits for that alone, and nobody else does. Nor do they for a chat
 * whose page fails: it is left out, and tried again after a while.
 */
export class Backlog {
  readonly #work: Background;
  /** The chat whose turn it was last. */
  #turn = 0;
  /** Chats whose page has just failed, and how to stop waiting to try it again. */
  readonly #failing = new Map<number, () => void>();

  constructor(private readonly deps: BacklogDeps) {
    const { clock, failed } = deps;
    this.#work = new Background({ clock, retryMilliseconds, failed, step: () => this.step() });
  }

  start(): void {
    this.#work.start();
  }

  /** Settles when nothing is left to do but what has failed and is tried again later. */
  settled(): Promise<void> {
    return this.#work.settled();
  }

  /** Finishes the piece that is being worked on; the rest waits for the next start. */
  async stop(): Promise<void> {
    await this.#work.stop();
    for (const stopWaiting of this.#failing.values()) stopWaiting();
  }

  has(read: Read, chatId: number): Promise<boolean> {
    return store.hasJobs(read, chatId);
  }

  /** Leaves a job to be done behind what its chat has here already. */
  async put(tx: Tx, job: Job): Promise<void> {
    await store.insertJob(tx, job);
    tx.onDurable(() => this.#work.wake());
  }

  /**
   * One transaction: a large page or some small ones. False when there was nothing to do now. Errors: what a
   * transaction fails with; of a page that fails `failed` is told.
   */
  async step(): Promise<boolean> {
    const before = this.#turn;
    let failing: number | undefined;
    const work = async (tx: Tx) => {
      let turn = before;
      for (let rows = 0; rows < mostRows;) {
        const job = await store.nextJob(tx, turn, this.#failing.keys());
        if (!job) return rows === 0 ? 0 : turn;
        turn = job.chatId;
        failing = job.chatId;
        const done = await this.deps.tasks.page(tx, job);
        failing = undefined;
        rows += done.rows;
        if (done.after === undefined) await store.deleteJob(tx, job.id);
        else await store.moveJob(tx, job.id, done.after);
        for (const next of done.next ?? []) await store.insertJob(tx, next);
      }
      return turn;
    };
    try {
      this.#turn = await this.deps.db.transact(work);
    } catch (error) {
      // A full disk is no chat's.
      if (failing === undefined || (error instanceof ChatError && error.code === "storage_full")) throw error;
      // The pages of other chats in the same transaction are undone with it, and done next.
      this.#leaveOut(failing);
      this.deps.failed(error);
      return true;
    }
    return this.#turn > 0;
  }

  #leaveOut(chatId: number): void {
    const stopWaiting = this.deps.clock.after(retryMilliseconds, () => {
      this.#failing.delete(chatId);
      this.#work.wake();
    });
    this.#failing.set(chatId, stopWaiting);
  }
}
