import type { Actor } from "../../../core/actor.ts";
import { toTime } from "../../../core/wire.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireMember } from "../../chat/index.ts";
import type { Grant } from "./schema.ts";
import { grantsTo } from "./store.ts";

/** Only whoever has let me in counts, and that is seldom more than one: of 20 an answer has at most 2.5 MB. */
const mostShown = 20;

/** What others in the chat have handed to me, the newest first. Errors: `not_found`. */
export function listGrants(kit: Kit, actor: Actor, chatId: number): Promise<Grant[]> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    await requireMember(read, chatId, me.id);
    const rows = await grantsTo(read, chatId, me.id, mostShown);
    return rows.map((row) => ({
      by_user_id: row.byUserId,
      jwe: row.jwe,
      created_at: toTime(row.createdAt),
    }));
  });
}
