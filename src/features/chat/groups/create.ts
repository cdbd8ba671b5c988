import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import { spendIn } from "../../../core/spending.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { activeAmong, requireActor } from "../../accounts/index.ts";
import { enrol } from "../members/changes.ts";
import { requireRoom } from "../members/rules.ts";
import { appendSystem } from "../messages/append.ts";
import { requirePicture } from "../pictures.ts";
import { membershipLimits } from "../state.ts";
import { tellCreated, viewerOf } from "./changes.ts";
import type { Chat, CreateGroup } from "./schema.ts";
import { insertChat } from "./store.ts";
import { viewChat, withMembers } from "./view.ts";

/** A new group, owned by the caller. Errors: `validation`, `rate_limited`. */
export function createGroup(kit: Kit, actor: Actor, input: CreateGroup): Promise<Chat> {
  return spendIn(kit.db, async (tx, spending) => {
    const me = await requireActor(tx, actor);
    const others = [...new Set(input.member_ids ?? [])].filter((id) => id !== me.id);
    await requireAll(tx, others, input.member_ids ?? []);
    requireRoom(others.length + 1, kit.settings.maxGroupMembers, "member_ids");
    await requirePicture(tx, input.avatar_url, me.id);
    membershipLimits(kit).join(spending, me.id, others.length, "member_ids");
    const chat = await insertChat(tx, {
      chatType: "group",
      name: input.name,
      description: input.description ?? null,
      avatarUrl: input.avatar_url ?? null,
      createdAt: kit.clock.now(),
    });
    await appendSystem(kit, tx, me, chat.id, { event: "group_created", name: input.name });
    const members = others.map((userId) => ({ userId, role: "member" as const }));
    const people = [{ userId: me.id, role: "owner" as const }, ...members];
    await enrol(kit, tx, chat.id, { people, by: me.id, readTo: 0 });
    const viewer = viewerOf(kit, me.id);
    const mine = await viewChat(tx, viewer, chat.id);
    await tellCreated(kit, tx, me.id, mine);
    for (const id of others) await tellCreated(kit, tx, id, { ...mine, my_role: "member" });
    return withMembers(tx, viewer, mine);
  });
}

/** Errors: `validation`, naming the first of `given` who is nobody, or has left. */
async function requireAll(read: Read, ids: number[], given: number[]): Promise<void> {
  const known = await activeAmong(read, ids);
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined)
    throw invalid(`member_ids.${given.indexOf(missing)}`, "is not the id of an active user");
}
