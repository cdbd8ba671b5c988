import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import { type Spending, spendIn } from "../../../core/spending.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { type Person, requireActor, requireProfile } from "../../accounts/index.ts";
import { tellCreated, viewerOf } from "../groups/changes.ts";
import { viewChat } from "../groups/view.ts";
import { appendSystem } from "../messages/append.ts";
import { lastMessageId } from "../messages/load.ts";
import { pace } from "../pace.ts";
import { membershipLimits } from "../state.ts";
import { enrol } from "./changes.ts";
import { memberAdded } from "./events.ts";
import { isMember, requireGroup } from "./membership.ts";
import { type Action, may, requireMay, requireRoom } from "./rules.ts";
import type { AddMember, Member, Role } from "./schema.ts";
import { updateMember } from "./store.ts";
import { requireOther, viewMember } from "./view.ts";

/** A chat is told who has changed, and says so. */
export const eventsOfChange = 2;

/**
 * Puts somebody into a group. Errors: `not_found`, `forbidden`, `already_member`, `direct_chat_fixed`, `chat_inactive`,
 * `validation`, `rate_limited`.
 */
export async function addMember(kit: Kit, actor: Actor, chatId: number, input: AddMember): Promise<Member> {
  const role = input.role ?? "member";
  if (role === "owner") throw invalid("role", "must be member or admin; ownership is handed over with PUT");
  const action: Action = role === "admin" ? "add_admin" : "add_member";
  await pace(kit).wait(chatId, actor.userId, {
    events: eventsOfChange,
    isDue: (_, standing) => may(standing, action),
  });
  return spendIn(kit.db, async (tx, spending) => {
    const me = await requireActor(tx, actor);
    const { chat, member } = await requireGroup(tx, chatId, me.id);
    requireMay(member, action);
    const added = await requireProfile(tx, input.user_id);
    if (await isMember(tx, chatId, added.id)) throw new ChatError("already_member");
    requireRoom(chat.memberCount + 1, kit.settings.maxGroupMembers, "user_id");
    spend(kit, spending, me.id, chatId, added.id);
    await join(kit, tx, chatId, me, added, role);
    return viewMember(tx, viewerOf(kit, me.id), chat, added.id);
  });
}

/** Errors: `rate_limited`. */
function spend(kit: Kit, spending: Spending, by: number, chatId: number, userId: number): void {
  const limits = membershipLimits(kit);
  limits.join(spending, by, 1, "user_id");
  limits.joinAgain(spending, chatId, userId);
}

/** The chat hears of it first, then the one who was added: what happened before they joined is not theirs to hear. */
async function join(
  kit: Kit,
  tx: Tx,
  chatId: number,
  by: Person,
  { id: userId, username }: Person,
  role: Role,
): Promise<void> {
  const readTo = await lastMessageId(tx, chatId);
  await enrol(kit, tx, chatId, { people: [{ userId, role }], by: by.id, readTo });
  const member = await requireOther(tx, chatId, userId);
  await kit.journal.record(tx, memberAdded, chatAudience(chatId), userId, { chat_id: chatId, member });
  await appendSystem(kit, tx, by, chatId, { event: "member_added", user_id: userId, username });
  await updateMember(tx, chatId, userId, { joinedPos: await kit.journal.newest(tx) });
  await tellCreated(kit, tx, userId, await viewChat(tx, viewerOf(kit, userId), chatId));
}
