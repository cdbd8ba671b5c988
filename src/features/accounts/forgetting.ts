import type { Clock } from "../../core/clock.ts";
import { hourly } from "../../core/hourly.ts";
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
  async function endUnused(tx: Tx): Promise<number> {
    const unused = await store.unusedSessions(tx, clock.now() - refreshDays * day, batch);
    for (const [userId, rows] of Map.groupBy(unused, (row) => row.userId)) {
      const ids = rows.map((row) => row.id);
      await endSessions(tx, journal, userId, ids, clock.now());
    }
    return unused.length;
  }

  return hourly(
    clock,
    async (inBatches) => {
      const ids = connected();
      await inBatches(1, async () => {
        const some = ids.splice(0, idsAtOnce);
        if (some.length > 0) await db.transact((tx) => store.touchSessions(tx, some, clock.now()));
        return some.length;
      });
      await inBatches(batch, () => db.transact(endUnused));
      const deleted = (tx: Tx) => store.deleteEnded(tx, clock.now() - day, batch);
      await inBatches(batch, () => db.transact(deleted));
      const forgotten = (tx: Tx) => addresses.dropUnused(tx, clock.now() - addressDays * day, batch);
      await inBatches(batch, () => db.transact(forgotten));
    },
    failed,
  );
}
