import type { Actor } from "../../../core/actor.ts";
import { toTime } from "../../../core/wire.ts";
import type { Kit } from "../../../kit.ts";
import type { Sessions } from "../schema.ts";
import { requireActor } from "../users/person.ts";
import { unusedSince } from "./lifetime.ts";
import { livingSessions } from "./store.ts";

/** One's own sessions. */
export function listSessions(kit: Kit, actor: Actor): Promise<Sessions> {
  return kit.db.read(async (read) => {
    await requireActor(read, actor);
    const unexpired = unusedSince(kit);
    const rows = await livingSessions(read, actor.userId);
    return {
      sessions: rows
        .filter((row) => row.lastUsedAt >= unexpired || row.id === actor.sessionId)
        .map((row) => ({
          id: row.id,
          created_at: toTime(row.createdAt),
          last_used_at: toTime(row.lastUsedAt),
          user_agent: row.userAgent,
          current: row.id === actor.sessionId,
        })),
    };
  });
}
