import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../users/person.ts";
import { endSessions } from "./end-sessions.ts";
import { findSession } from "./store.ts";

/** Ends one of one's own sessions. Errors: `not_found`. */
export function endSession(kit: Kit, actor: Actor, sessionId: number): Promise<void> {
  return kit.db.transact(async (tx) => {
    await requireActor(tx, actor);
    const session = await findSession(tx, sessionId);
    if (session?.userId !== actor.userId || session.endedAt !== null) throw new ChatError("not_found");
    await endSessions(kit, tx, actor.userId, [sessionId]);
  });
}
