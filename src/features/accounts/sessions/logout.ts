import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { sha256 } from "../tokens/hashes.ts";
import { findRefresh } from "../tokens/store.ts";
import { requireActor } from "../users/person.ts";
import { endSessions } from "./end-sessions.ts";
import { findSession } from "./store.ts";

/**
 * Ends the session of whoever asks, and that of the refresh token that their page keeps, which may be another one.
 * A token that is none is no error: they are signed out. Errors: `unauthorized`.
 */
export async function logout(
  kit: Kit,
  actor: Actor | undefined,
  refreshToken: string | undefined,
): Promise<void> {
  if (!actor && refreshToken === undefined) throw new ChatError("unauthorized");
  await kit.db.transact(async (tx) => {
    if (actor) await requireActor(tx, actor);
    const kept = refreshToken ? await findRefresh(tx, sha256(refreshToken)) : undefined;
    for (const id of new Set([actor?.sessionId, kept?.sessionId])) {
      const session = id === undefined ? undefined : await findSession(tx, id);
      if (session?.endedAt === null) await endSessions(kit, tx, session.userId, [session.id]);
    }
  });
}
