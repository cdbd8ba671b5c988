import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { chatAudience, userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { changeChat } from "../groups/changes.ts";
import { chatRemoved } from "../groups/events.ts";
import type { MemberRow } from "../groups/store.ts";
import { appendSystem } from "../messages/append.ts";
import { pace } from "../pace.ts";
import { eventsOfChange } from "./add.ts";
import { memberRemoved } from "./events.ts";
import { requireGroup } from "./membership.ts";
import { may, requireMay } from "./rules.ts";
import type { Member } from "./schema.ts";
import { readSignedChange, takeSignedChange } from "./signed-change.ts";
import { deleteMember } from "./store.ts";
import { findHeir } from "./succession.ts";
import { requireOther } from "./view.ts";

/**
 * Leaves the chat, or removes somebody else from it. Errors: `not_found`, `forbidden`, `owner_must_hand_over`,
 * `direct_chat_fixed`, `chat_inactive`; those of `readSignedChange` and `takeSignedChange`.
 */
export async function removeMember(
  kit: Kit,
  actor: Actor,
  chatId: number,
  userId: number,
  signed: string | null | undefined,
): Promise<void> {
  await pace(kit).wait(chatId, actor.userId, {
    events: eventsOfChange,
    isDue: (_, standing) => userId === actor.userId || may(standing, "remove_member"),
  });
  const step = await readSignedChange(kit, actor, chatId, { kind: "remove", userId }, signed);
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const { chat, member } = await requireGroup(tx, chatId, me.id);
    const leaves = userId === me.id;
    if (!leaves) requireMay(member, "remove_member");
    const target = await requireOther(tx, chatId, userId);
    if (leaves) await requireNoHeir(tx, member);
    else requireMayRemove(member, target);
    await takeSignedChange(tx, chat, step);
    await deleteMember(tx, chatId, userId);
    const gone = { chat_id: chatId, user_id: userId };
    await kit.journal.record(tx, memberRemoved, chatAudience(chatId), userId, gone);
    const event = leaves ? "member_left" : "member_removed";
    await appendSystem(kit, tx, me, chatId, { event, user_id: userId, username: target.username });
    await kit.journal.record(tx, chatRemoved, userAudience(userId), chatId, { chat_id: chatId });
    if (chat.memberCount === 1) await changeChat(kit, tx, chatId, { isActive: false });
  });
}

/** An owner leaves only where there is nobody to hand the group to: nobody can be whose account is closed. */
async function requireNoHeir(read: Read, { role, chatId, userId }: MemberRow): Promise<void> {
  if (role === "owner" && (await findHeir(read, chatId, userId))) throw new ChatError("owner_must_hand_over");
}

/** Errors: `forbidden`. */
function requireMayRemove(member: MemberRow, target: Member): void {
  if (target.role !== "member") requireMay(member, "remove_admin");
}
