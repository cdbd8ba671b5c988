import type { Actor } from "../../core/actor.ts";
import type { Kit } from "../../kit.ts";
import type { Tx } from "../../platform/db/database.ts";
import { findMembers, type Message, type MessageRow } from "../chat/index.ts";
import { notifyAbout } from "../notifications/index.ts";
import { changeReaction, updateSummary } from "./change.ts";
import { insertNotice, insertReaction } from "./store.ts";

/**
 * Reacts to a message; doing it again changes nothing. Errors: `not_found`, `chat_inactive`, `peer_inactive`,
 * `message_deleted`, `too_many_reactions`, `rate_limited`.
 */
export function addReaction(kit: Kit, actor: Actor, messageId: number, emoji: string): Promise<Message> {
  return changeReaction(kit, actor, { messageId, emoji }, true, async (tx, row, reaction) => {
    await insertReaction(tx, reaction);
    await updateSummary(kit, tx, row, emoji, 1);
    await tellAuthor(kit, tx, row, reaction.userId);
  });
}

/** Tells the author of each person once, if they want to be told of all. What the chat itself says has no author. */
async function tellAuthor(kit: Kit, tx: Tx, row: MessageRow, userId: number): Promise<void> {
  const { id: messageId, chatId, senderId } = row;
  if (senderId === userId || row.contentType === "system") return;
  const [author] = await findMembers(tx, chatId, [senderId]);
  if (!author || author.notify !== "all" || !(await insertNotice(tx, messageId, userId))) return;
  await notifyAbout(kit, tx, { type: "reaction", member: author, messageId, byUserId: userId });
}
