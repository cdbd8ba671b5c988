import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor, requireProfile } from "../../accounts/index.ts";
import { viewerOf } from "../groups/changes.ts";
import { appendSystem } from "../messages/append.ts";
import { pace } from "../pace.ts";
import { eventsOfChange } from "./add.ts";
import { giveRole } from "./changes.ts";
import { requireGroup } from "./membership.ts";
import { may, requireMay } from "./rules.ts";
import type { Member, Role } from "./schema.ts";
import { requireOther, viewMember } from "./view.ts";

/**
 * Gives a member a role; `owner` hands the chat over, and the one who did stays as an admin. Errors: `not_found`,
 * `forbidden`, `owner_must_hand_over`, `direct_chat_fixed`, `chat_inactive`.
 */
export async function setRole(
  kit: Kit,
  actor: Actor,
  chatId: number,
  { userId, role }: { userId: number; role: Role },
): Promise<Member> {
  await pace(kit).wait(chatId, actor.userId, {
    events: eventsOfChange,
    isDue: (_, standing) => may(standing, "set_role"),
  });
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const { chat: group, member: mine } = await requireGroup(tx, chatId, me.id);
    requireMay(mine, "set_role");
    const member = await requireOther(tx, chatId, userId);
    const viewer = viewerOf(kit, me.id);
    if (member.role === role) return viewMember(tx, viewer, group, userId);
    if (userId === me.id) throw new ChatError("owner_must_hand_over");
    if (role === "owner") {
      await requireProfile(tx, userId);
      await giveRole(kit, tx, chatId, me.id, "admin");
    }
    const { username } = await giveRole(kit, tx, chatId, userId, role);
    const facts = { user_id: userId, username };
    await (role === "owner"
      ? appendSystem(kit, tx, me, chatId, { event: "owner_changed", ...facts })
      : appendSystem(kit, tx, me, chatId, { event: "role_changed", ...facts, role }));
    return viewMember(tx, viewer, group, userId);
  });
}
