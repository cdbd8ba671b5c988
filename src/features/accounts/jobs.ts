/** What accounts do in the background: some things before anybody is served, others each hour. */
import { hourly, type Job } from "../../core/job.ts";
import type { Kit } from "../../kit.ts";
import type { Tx } from "../../platform/db/database.ts";
import { dropUnusedAddresses } from "./addresses/store.ts";
import { endSessions, idsAtOnce } from "./sessions/end-sessions.ts";
import { unusedSince } from "./sessions/lifetime.ts";
import { deleteEnded, touchSessions, unusedSessions } from "./sessions/store.ts";
import { renewNameKeys } from "./users/renew-name-keys.ts";

const day = 86_400_000;
/** Rows of one transaction. */
const batch = 100;

export function accountJobs(kit: Kit): Job[] {
  const { db, clock, log, settings } = kit;
  return [
    { name: "renewing name keys", start: () => renewNameKeys(kit), async settled() {}, async stop() {} },
    hourly({
      name: "ending unused sessions",
      clock,
      log,
      async step(signal) {
        await touchConnected(kit, signal);
        return (await db.transact((tx) => endUnused(kit, tx))) === batch;
      },
    }),
    hourly({
      name: "deleting ended sessions",
      clock,
      log,
      // An access token lasts a day at most.
      step: async () => (await db.transact((tx) => deleteEnded(tx, clock.now() - day, batch))) === batch,
    }),
    hourly({
      name: "forgetting addresses",
      clock,
      log,
      async step() {
        const before = clock.now() - settings.addressDays * day;
        return (await db.transact((tx) => dropUnusedAddresses(tx, before, batch))) === batch;
      },
    }),
  ];
}

/** Sessions whose sockets are open are in use: a display or a bot may live on its socket alone. */
async function touchConnected({ db, clock, sockets }: Kit, signal: AbortSignal): Promise<void> {
  const ids = sockets.sessionIds();
  for (let i = 0; i < ids.length; i += idsAtOnce) {
    signal.throwIfAborted();
    await db.transact((tx) => touchSessions(tx, ids.slice(i, i + idsAtOnce), clock.now()));
  }
}

/** Ends a batch of those that have been unused for as long as a refresh token lasts. Answers how many. */
async function endUnused(kit: Kit, tx: Tx): Promise<number> {
  const unused = await unusedSessions(tx, unusedSince(kit), batch);
  for (const [userId, rows] of Map.groupBy(unused, (row) => row.userId)) {
    const ids = rows.map((row) => row.id);
    await endSessions(kit, tx, userId, ids);
  }
  return unused.length;
}
