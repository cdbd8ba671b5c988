/** Ending sessions, for transactions. Their sockets close. */
import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { sessionsEnded } from "../events.ts";
import { deleteAllTokens, deleteTokensOf } from "../tokens/store.ts";
import * as store from "./store.ts";

/** What ending needs of the kit: also without a server. */
type EndingKit = Pick<Kit, "journal" | "clock">;

/** Of a statement, and of an event. */
export const idsAtOnce = 500;

export async function endSessions(
  { journal, clock }: EndingKit,
  tx: Tx,
  userId: number,
  ids: number[],
): Promise<void> {
  for (let i = 0; i < ids.length; i += idsAtOnce) {
    const sessionIds = ids.slice(i, i + idsAtOnce);
    const [first = 0] = sessionIds;
    await store.setEnded(tx, sessionIds, clock.now());
    await deleteTokensOf(tx, sessionIds);
    await journal.record(tx, sessionsEnded, userAudience(userId), first, { sessionIds });
  }
}

/** All sessions of a user, but `except`. */
export async function endSessionsOf(kit: EndingKit, tx: Tx, userId: number, except?: number): Promise<void> {
  const ids = await store.livingSessionIds(tx, userId);
  const others = ids.filter((id) => id !== except);
  await endSessions(kit, tx, userId, others);
}

/**
 * Of too many sessions of a user those unused for longest, so that one more is not one too many. Bounded: where there
 * are thousands, because fewer were not asked for before, each time someone signs in there are some less.
 */
export async function endExcessSessions(kit: EndingKit, tx: Tx, userId: number, most: number): Promise<void> {
  await endSessions(kit, tx, userId, await store.sessionsBeyond(tx, userId, most - 1, idsAtOnce));
}

/** Everybody's, while no socket is open. Answers how many there were. */
export async function endAllSessions({ journal, clock }: EndingKit, tx: Tx): Promise<number> {
  const users = await store.usersWithSessions(tx);
  await store.setAllEnded(tx, clock.now());
  await deleteAllTokens(tx);
  for (const { userId, first } of users) {
    await journal.record(tx, sessionsEnded, userAudience(userId), first, { sessionIds: [] });
  }
  return users.reduce((sum, one) => sum + one.sessions, 0);
}
