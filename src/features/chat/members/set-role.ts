import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { isActive, type Person, requireActor, requireProfile } from "../../accounts/index.ts";
import { viewerOf } from "../groups/changes.ts";
import { appendSystem } from "../messages/append.ts";
import { pace } from "../pace.ts";
import { eventsOfChange } from "./add.ts";
import { giveRole } from "./changes.ts";
import { requireGroup } from "./membership.ts";
import { may, requireMay } from "./rules.ts";
import type { Member, Role } from "./schema.ts";
import { readSignedChange, takeSignedChange } from "./signed-change.ts";
import { findOwner } from "./store.ts";
import { succeed } from "./succession.ts";
import { requireOther, viewMember } from "./view.ts";

interface NewRole {
  userId: number;
  role: Role;
  signed?: string | null | undefined;
}

/**
 * Gives a member a role; `owner` hands the chat over, and the one who did stays as an admin. In an encrypted chat whoever is to succeed an
 * owner who is gone takes it themself. Errors: `not_found`, `forbidden`, `owner_must_hand_over`, `direct_chat_fixed`, `chat_inactive`; those
 * of `readSignedChange` and `takeSignedChange`.
 */
export async function setRole(
  kit: Kit,
  actor: Actor,
  chatId: number,
  { userId, role, signed }: NewRole,
): Promise<Member> {
  await pace(kit).wait(chatId, actor.userId, {
    events: eventsOfChange,
    isDue: (_, standing) => Boolean(signed) || may(standing, "set_role"),
  });
  const step = await readSignedChange(kit, actor, chatId, { kind: "role", userId, role }, signed);
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const { chat: group, member: mine } = await requireGroup(tx, chatId, me.id);
    const viewer = viewerOf(kit, me.id);
    if (step && userId === me.id && role === "owner" && !may(mine, "set_role")) {
      await requireNoOwner(tx, chatId);
      await takeSignedChange(tx, group, step);
      await succeed(kit, tx, chatId, me);
      return viewMember(tx, viewer, group, userId);
    }
    requireMay(mine, "set_role");
    const member = await requireOther(tx, chatId, userId);
    if (member.role === role) return viewMember(tx, viewer, group, userId);
    if (userId === me.id) throw new ChatError("owner_must_hand_over");
    if (role === "owner") await requireProfile(tx, userId);
    await takeSignedChange(tx, group, step);
    await change(kit, tx, me, chatId, { userId, role });
    return viewMember(tx, viewer, group, userId);
  });
}

/** Errors: `forbidden` where an owner is there whose account is open. */
async function requireNoOwner(read: Read, chatId: number): Promise<void> {
  const ownerId = await findOwner(read, chatId);
  if (ownerId !== undefined && (await isActive(read, ownerId))) throw new ChatError("forbidden");
}

async function change(
  kit: Kit,
  tx: Tx,
  me: Person,
  chatId: number,
  { userId, role }: NewRole,
): Promise<void> {
  if (role === "owner") await giveRole(kit, tx, chatId, me.id, "admin");
  const { username } = await giveRole(kit, tx, chatId, userId, role);
  const facts = { user_id: userId, username };
  await (role === "owner"
    ? appendSystem(kit, tx, me, chatId, { event: "owner_changed", ...facts })
    : appendSystem(kit, tx, me, chatId, { event: "role_changed", ...facts, role }));
}
