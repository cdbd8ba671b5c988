/** Steps that end sessions; their sockets close. */
import { userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { sessionsEnded } from "./events.ts";
import * as store from "./store.ts";

/** Of a statement, and of an event. */
export const idsAtOnce = 500;

export async function endSessions(
  tx: Tx,
  journal: Journal,
  userId: number,
  ids: number[],
  at: number,
): Promise<void> {
  for (let i = 0; i < ids.length; i += idsAtOnce) {
    const sessionIds = ids.slice(i, i + idsAtOnce);
    await store.endSessions(tx, sessionIds, at);
    await journal.record(tx, sessionsEnded, userAudience(userId), sessionIds[0]!, { sessionIds });
  }
}

/** All sessions of a user but one. */
export async function endOtherSessions(
  tx: Tx,
  journal: Journal,
  userId: number,
  except: number,
  at: number,
): Promise<void> {
  const others = await store.livingSessions(tx, userId, except);
  const ids = others.map((row) => row.id);
  await endSessions(tx, journal, userId, ids, at);
}

/**
 * Of too many sessions of a user those unused for longest, so that one more is not one too many. Bounded: where there
 * are thousands, because fewer were not asked for before, each time someone signs in there are some less.
 */
export async function endSpareSessions(
  tx: Tx,
  journal: Journal,
  userId: number,
  most: number,
  at: number,
): Promise<void> {
  const ids = await store.sessionsBeyond(tx, userId, most - 1, idsAtOnce);
  await endSessions(tx, journal, userId, ids, at);
}

/** Everybody's, while no socket is open. Answers how many there were. */
export async function endAllSessions(tx: Tx, journal: Journal, at: number): Promise<number> {
  const users = await store.usersWithSessions(tx);
  await store.endAllSessions(tx, at);
  for (const { userId, first } of users) {
    await journal.record(tx, sessionsEnded, userAudience(userId), first, { sessionIds: [] });
  }
  return users.reduce((sum, one) => sum + one.sessions, 0);
}
