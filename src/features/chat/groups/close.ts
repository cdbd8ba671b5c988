import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireGroup } from "../members/membership.ts";
import { may, requireMay } from "../members/rules.ts";
import { appendSystem } from "../messages/append.ts";
import { pace } from "../pace.ts";
import { changeChat } from "./changes.ts";
import { eventsOfUpdate } from "./update.ts";

/** Closes a group for all. Errors: `not_found`, `forbidden`, `direct_chat_fixed`, `chat_inactive`. */
export async function closeChat(kit: Kit, actor: Actor, chatId: number): Promise<void> {
  await pace(kit).wait(chatId, actor.userId, {
    events: eventsOfUpdate,
    isDue: (_, standing) => may(standing, "close_chat"),
  });
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    requireMay((await requireGroup(tx, chatId, me.id)).member, "close_chat");
    await appendSystem(kit, tx, me, chatId, { event: "chat_closed" });
    await changeChat(kit, tx, chatId, { isActive: false });
  });
}
