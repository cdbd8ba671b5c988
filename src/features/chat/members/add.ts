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
import { enrol, giveRole } from "./changes.ts";
import { memberAdded } from "./events.ts";
import { isMember, requireGroup, requireSeen } from "./membership.ts";
import { type Action, may, requireMay, requireRoom } from "./rules.ts";
import type { AddMember, Member, Role } from "./schema.ts";
import { readSignedChange, takeSignedChange } from "./signed-change.ts";
import { updateMember } from "./store.ts";
import { requireOther, viewMember } from "./view.ts";

/** A chat is told who has changed, and says so. */
export const eventsOfChange = 2;

/**
 * Puts somebody into a group; in an encrypted chat also lets somebody in again who is still there. Errors: `not_found`, `forbidden`,
 * `already_member`, `direct_chat_fixed`, `chat_inactive`, `validation`, `rate_limited`; those of `readSignedChange` and `takeSignedChange`.
 */
export async function addMember(kit: Kit, actor: Actor, chatId: number, input: AddMember): Promise<Member> {
  const { user_id: userId, signed } = input;
  const role = input.role ?? "member";
  if (role === "owner" && !signed)
    throw invalid("role", "must be member or admin; ownership is handed over with PUT");
  const action: Action = role === "admin" ? "add_admin" : "add_member";
  await pace(kit).wait(chatId, actor.userId, {
    events: eventsOfChange,
    isDue: (_, standing) => Boolean(signed) || may(standing, action),
  });
  const change = { kind: "add", userId, role: input.role ?? undefined } as const;
  const step = await readSignedChange(kit, actor, chatId, change, signed);
  return spendIn(kit.db, async (tx, spending) => {
    const me = await requireActor(tx, actor);
    const { chat, member } = await (step ? requireSeen : requireGroup)(tx, chatId, me.id);
    if (!step?.readmittedAs) requireMay(member, action);
    const added = await requireProfile(tx, userId);
    const isThere = await isMember(tx, chatId, added.id);
    if (isThere && !step) throw new ChatError("already_member");
    if (!isThere) requireRoom(chat.memberCount + 1, kit.settings.maxGroupMembers, "user_id");
    await takeSignedChange(tx, chat, step);
    if (isThere) await setRoleOf(kit, tx, chatId, added.id, step?.readmittedAs ?? role);
    else {
      spend(kit, spending, me.id, chatId, added.id);
      await join(kit, tx, chatId, me, added, step?.readmittedAs ?? role);
    }
    return viewMember(tx, viewerOf(kit, me.id), chat, added.id);
  });
}

/** Of somebody who is in the chat, but was not in its membership chain: their role is the one that was signed. */
async function setRoleOf(kit: Kit, tx: Tx, chatId: number, userId: number, role: Role): Promise<void> {
  const member = await requireOther(tx, chatId, userId);
  if (member.role !== role) await giveRole(kit, tx, chatId, userId, role);
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
