/** Steps that end sessions; their sockets close. */
import { userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { sessionsEnded } from "./events.ts";
import * as store from "./store.ts";

export async function endSessions(
  tx: Tx,
  journal: Journal,
  userId: number,
  ids: number[],
  at: number,
): Promise<void> {
  const [first] = ids;
  if (first === undefined) return;
  await store.endSessions(tx, ids, at);
  await journal.record(tx, sessionsEnded, userAudience(userId), first, { sessionIds: ids });
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

/** Everybody's, while no socket is open. Answers how many there were. */
export async function endAllSessions(tx: Tx, journal: Journal, at: number): Promise<number> {
  const users = await store.usersWithSessions(tx);
  await store.endAllSessions(tx, at);
  for (const { userId, first } of users) {
    await journal.record(tx, sessionsEnded, userAudience(userId), first, { sessionIds: [] });
  }
  return users.reduce((sum, one) => sum + one.sessions, 0);
}
