import type { Actor } from "../../core/actor.ts";
import type { Kit } from "../../kit.ts";
import type { Tx } from "../../platform/db/database.ts";
import type { Message, MessageRow } from "../chat/index.ts";
import { withdraw } from "../notifications/index.ts";
import { changeReaction, updateSummary } from "./change.ts";
import { deleteReaction, reactionsBy } from "./store.ts";

/**
 * Takes a reaction back; one that is not there is fine. Errors: `not_found`, `chat_inactive`, `peer_inactive`,
 * `message_deleted`, `rate_limited`.
 */
export function removeReaction(kit: Kit, actor: Actor, messageId: number, emoji: string): Promise<Message> {
  return changeReaction(kit, actor, { messageId, emoji }, false, async (tx, row, reaction) => {
    await deleteReaction(tx, reaction);
    await updateSummary(kit, tx, row, emoji, -1);
    await withdrawFromAuthor(kit, tx, row, reaction.userId);
  });
}

/** As soon as nothing of this person is left there. */
async function withdrawFromAuthor(kit: Kit, tx: Tx, row: MessageRow, byUserId: number): Promise<void> {
  const { id: messageId, chatId, senderId: userId } = row;
  const left = await reactionsBy(tx, [[messageId, byUserId]]);
  if (left.length === 0) await withdraw(kit, tx, { type: "reaction", userId, chatId, messageId, byUserId });
}
