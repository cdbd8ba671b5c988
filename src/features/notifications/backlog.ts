import { Background } from "../../core/background.ts";
import type { Clock } from "../../core/clock.ts";
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
 * turn. So whoever calls thousands again and again waits for that alone, and nobody else does.
 */
export class Backlog {
  readonly #work: Background;
  /** The chat whose turn it was last. */
  #turn = 0;

  constructor(private readonly deps: BacklogDeps) {
    const { clock, failed } = deps;
    this.#work = new Background({ clock, retryMilliseconds, failed, step: () => this.step() });
  }

  start(): void {
    this.#work.start();
  }

  /** Settles when nothing is left to do. */
  settled(): Promise<void> {
    return this.#work.settled();
  }

  /** Finishes the piece that is being worked on; the rest waits for the next start. */
  stop(): Promise<void> {
    return this.#work.stop();
  }

  has(read: Read, chatId: number): Promise<boolean> {
    return store.hasJobs(read, chatId);
  }

  /** Leaves a job to be done behind what its chat has here already. */
  async put(tx: Tx, job: Job): Promise<void> {
    await store.insertJob(tx, job);
    tx.onDurable(() => this.#work.wake());
  }

  /** One transaction: a large page or some small ones. False when there was nothing to do. */
  async step(): Promise<boolean> {
    const before = this.#turn;
    this.#turn = await this.deps.db.transact(async (tx) => {
      let turn = before;
      for (let rows = 0; rows < mostRows;) {
        const job = await store.nextJob(tx, turn);
        if (!job) return rows === 0 ? 0 : turn;
        turn = job.chatId;
        const done = await this.deps.tasks.page(tx, job);
        rows += done.rows;
        if (done.after === undefined) await store.deleteJob(tx, job.id);
        else await store.moveJob(tx, job.id, done.after);
        for (const next of done.next ?? []) await store.insertJob(tx, next);
      }
      return turn;
    });
    return this.#turn > 0;
  }
}
