import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import * as addresses from "./addresses-store.ts";
import { endSessions } from "./sessions.ts";
import * as store from "./store.ts";

export interface ForgettingDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  refreshDays: number;
  addressDays: number;
}

const everyMilliseconds = 3_600_000;
const day = 86_400_000;
/** Rows of one transaction. */
const batch = 100;

/**
 * Now and each hour: ends sessions whose refresh token has expired unused, deletes those that ended longer ago than an
 * access token lasts at most, and forgets addresses that nobody has signed in from for long. Returns how to stop.
 */
export function forgetUnused(
  { db, journal, clock, refreshDays, addressDays }: ForgettingDeps,
  failed: (error: unknown) => void,
): () => void {
  let isStopped = false;

  async function endUnused(tx: Tx): Promise<number> {
    const unused = await store.unusedSessions(tx, clock.now() - refreshDays * day, batch);
    for (const [userId, rows] of Map.groupBy(unused, (row) => row.userId)) {
      const ids = rows.map((row) => row.id);
      await endSessions(tx, journal, userId, ids, clock.now());
    }
    return unused.length;
  }

  async function inBatches(step: (tx: Tx) => Promise<number>): Promise<void> {
    for (let done = batch; done >= batch && !isStopped;) done = await db.transact(step);
  }

  async function forget(): Promise<void> {
    await inBatches(endUnused);
    await inBatches((tx) => store.deleteEnded(tx, clock.now() - day, batch));
    await inBatches((tx) => addresses.dropUnused(tx, clock.now() - addressDays * day, batch));
  }

  const start = () => void forget().catch(failed);
  start();
  const stop = clock.every(everyMilliseconds, start);
  return () => {
    isStopped = true;
    stop();
  };
}
