import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireGroup } from "../members/membership.ts";
import { may, requireMay } from "../members/rules.ts";
import { pace } from "../pace.ts";
import { requirePicture } from "../pictures.ts";
import { changeGroup, viewerOf } from "./changes.ts";
import type { Chat, UpdateChat } from "./schema.ts";
import { viewChat } from "./view.ts";

/** A chat is told that it has changed, and says what of it. */
export const eventsOfUpdate = 2;

/**
 * Changes a group's name, description or picture. Errors: `not_found`, `forbidden`, `direct_chat_fixed`,
 * `chat_inactive`, `validation`.
 */
export async function updateChat(kit: Kit, actor: Actor, chatId: number, input: UpdateChat): Promise<Chat> {
  await pace(kit).wait(chatId, actor.userId, {
    events: eventsOfUpdate,
    isDue: (_, standing) => may(standing, "edit_chat"),
  });
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const { chat, member } = await requireGroup(tx, chatId, me.id);
    requireMay(member, "edit_chat");
    await requirePicture(tx, input.avatar_url, me.id);
    await changeGroup(kit, tx, me, chat, { ...input, avatarUrl: input.avatar_url });
    return viewChat(tx, viewerOf(kit, me.id), chatId);
  });
}
