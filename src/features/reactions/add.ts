import type { Actor } from "../../core/actor.ts";
import type { Kit } from "../../kit.ts";
import type { Tx } from "../../platform/db/database.ts";
import { requireActor } from "../accounts/index.ts";
import { findMembers, loadMessage, type Message, type MessageRow, waitForChange } from "../chat/index.ts";
import { notifyAbout } from "../notifications/index.ts";
import { requireReactable } from "./access.ts";
import { changeReactions } from "./change.ts";
import { hasReacted, insertNotice, insertReaction } from "./store.ts";

/**
 * Reacts to a message; doing it again changes nothing. Errors: `not_found`, `chat_inactive`, `peer_inactive`,
 * `message_deleted`, `too_many_reactions`, `rate_limited`.
 */
export async function addReaction(
  kit: Kit,
  actor: Actor,
  messageId: number,
  emoji: string,
): Promise<Message> {
  const reaction = { messageId, userId: actor.userId, emoji };
  await waitForChange(kit, actor, messageId, async (read, row) => {
    return row.deletedBy === null && !(await hasReacted(read, reaction));
  });
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const row = await requireReactable(tx, messageId, me.id);
    if (!(await hasReacted(tx, reaction))) {
      await insertReaction(tx, reaction);
      await changeReactions(kit, tx, { chatId: row.chatId, messageId }, emoji, 1);
      await tellAuthor(kit, tx, row, me.id);
    }
    return loadMessage(tx, messageId);
  });
}

/** Tells the author of each person once, unless they have muted the chat. What the chat itself says has no author. */
async function tellAuthor(kit: Kit, tx: Tx, row: MessageRow, userId: number): Promise<void> {
  const { id: messageId, chatId, senderId } = row;
  if (senderId === userId || row.contentType === "system") return;
  const [author] = await findMembers(tx, chatId, [senderId]);
  if (!author || author.isMuted || !(await insertNotice(tx, messageId, userId))) return;
  await notifyAbout(kit, tx, { type: "reaction", member: author, messageId, byUserId: userId });
}
