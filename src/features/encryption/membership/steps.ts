import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireMember } from "../../chat/index.ts";
import type { MembershipSteps } from "./schema.ts";
import { stepsAfter } from "./store.ts";

/** Of `create` one has some 55 KB, of all others less than one. */
const pageSteps = 500;

/** The membership chain behind `since`: none of a plain chat. Errors: `not_found`. */
export function getSteps(kit: Kit, actor: Actor, chatId: number, since: number): Promise<MembershipSteps> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    await requireMember(read, chatId, me.id);
    const rows = await stepsAfter(read, chatId, since, pageSteps + 1);
    return { steps: rows.slice(0, pageSteps).map((row) => row.step), has_more: rows.length > pageSteps };
  });
}
