import { Loop } from "../../../core/job.ts";
import { type Kit, perKit } from "../../../kit.ts";
import { longestMilliseconds } from "../outbox/timing.ts";
import * as store from "./store.ts";

const everyMilliseconds = 60_000;
/** Rows of one transaction. */
const batch = 500;
/** How much may be added before it is looked whether that is too much. */
const share = 10;

/** Drops what nobody takes: what is older than an hour, and the oldest beyond PUSH_QUEUE (bounded queue). */
class OutboxBound extends Loop {
  #added = 0;

  constructor(private readonly kit: Kit) {
    const { clock, log } = kit;
    super({ name: "push pruning", clock, log, everyMilliseconds, step: () => this.#step() });
  }

  /** So many rows have been added. */
  added(rows: number): void {
    this.#added += rows;
    if (this.#added * share > this.kit.settings.pushQueue) this.wake();
  }

  /** True when there may be more. */
  async #step(): Promise<boolean> {
    this.#added = 0;
    const { db, clock, settings, log } = this.kit;
    const before = clock.now() - longestMilliseconds;
    const rows = await db.read(async (read) => {
      const old = await store.oldRows(read, before, batch);
      const beyond = (await store.countWaiting(read)) - old.length - settings.pushQueue;
      if (beyond <= 0) return old;
      return store.oldRows(read, Infinity, Math.min(batch, old.length + beyond));
    });
    if (rows.length === 0) return false;
    await db.transact((tx) => store.dropRows(tx, rows));
    log.warn("pushes were dropped that no service took", { pushes: rows.length });
    return rows.length === batch;
  }
}

export const outboxBound = perKit((kit: Kit) => new OutboxBound(kit));
