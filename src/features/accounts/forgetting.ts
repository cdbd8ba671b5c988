import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import * as addresses from "./addresses-store.ts";
import { endSessions, idsAtOnce } from "./sessions.ts";
import * as store from "./store.ts";

export interface ForgettingDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  refreshDays: number;
  addressDays: number;
  /** The sessions that have a socket open. */
  connected(): number[];
}

const everyMilliseconds = 3_600_000;
const day = 86_400_000;
/** Rows of one transaction. */
const batch = 100;

/**
 * Now and each hour: notes that sessions are used whose sockets are open, as a display or a bot may live on its socket
 * alone; ends those that have been unused for as long as a refresh token lasts; deletes those that ended longer ago than
 * an access token lasts at most; and forgets addresses that nobody has signed in from for long. Returns how to stop.
 */
export function forgetUnused(
  { db, journal, clock, refreshDays, addressDays, connected }: ForgettingDeps,
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

  async function touchConnected(): Promise<void> {
    const ids = connected();
    for (let i = 0; i < ids.length && !isStopped; i += idsAtOnce) {
      await db.transact((tx) => store.touchSessions(tx, ids.slice(i, i + idsAtOnce), clock.now()));
    }
  }

  async function inBatches(step: (tx: Tx) => Promise<number>): Promise<void> {
    for (let done = batch; done >= batch && !isStopped;) done = await db.transact(step);
  }

  async function forget(): Promise<void> {
    await touchConnected();
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
