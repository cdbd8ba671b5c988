import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import { spendIn } from "../../../core/spending.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor, requireProfile } from "../../accounts/index.ts";
import { enrol } from "../members/changes.ts";
import { membershipLimits } from "../state.ts";
import { tellCreated, viewerOf } from "./changes.ts";
import type { Chat } from "./schema.ts";
import * as store from "./store.ts";
import { viewChat } from "./view.ts";

/**
 * The chat of two people. `created` is false when they have one already, also with somebody whose account is closed
 * since. Errors: `not_found`, `validation` for oneself, `rate_limited`.
 */
export function openDirect(
  kit: Kit,
  actor: Actor,
  userId: number,
): Promise<{ chat: Chat; created: boolean }> {
  return spendIn(kit.db, async (tx, spending) => {
    const me = await requireActor(tx, actor);
    if (userId === me.id) throw invalid("user_id", "is your own id");
    const directKey = `${Math.min(me.id, userId)}:${Math.max(me.id, userId)}`;
    const existing = await store.findDirect(tx, directKey);
    const mine = viewerOf(kit, me.id);
    if (existing) return { chat: await viewChat(tx, mine, existing.id), created: false };
    await requireProfile(tx, userId);
    membershipLimits(kit).join(spending, me.id, 1, "user_id");
    const createdAt = kit.clock.now();
    const { id } = await store.insertChat(tx, {
      chatType: "direct",
      directKey,
      strangerId: me.id,
      createdAt,
    });
    const people = [me.id, userId].map((one) => ({ userId: one, role: "member" as const }));
    await enrol(kit, tx, id, { people, by: me.id, readTo: 0 });
    await tellCreated(kit, tx, userId, await viewChat(tx, viewerOf(kit, userId), id));
    const chat = await viewChat(tx, mine, id);
    await tellCreated(kit, tx, me.id, chat);
    return { chat, created: true };
  });
}
