import type { Actor } from "../../core/actor.ts";
import type { Kit } from "../../kit.ts";
import type { Tx } from "../../platform/db/database.ts";
import { requireActor } from "../accounts/index.ts";
import { loadMessage, type Message, type MessageRow, waitForChange } from "../chat/index.ts";
import { withdraw } from "../notifications/index.ts";
import { requireReactable } from "./access.ts";
import { changeReactions } from "./change.ts";
import { deleteReaction, hasReacted, reactionsBy } from "./store.ts";

/**
 * Takes a reaction back; one that is not there is fine. Errors: `not_found`, `chat_inactive`, `peer_inactive`,
 * `message_deleted`, `rate_limited`.
 */
export async function removeReaction(
  kit: Kit,
  actor: Actor,
  messageId: number,
  emoji: string,
): Promise<Message> {
  const reaction = { messageId, userId: actor.userId, emoji };
  await waitForChange(kit, actor, messageId, async (read, row) => {
    return row.deletedBy === null && (await hasReacted(read, reaction));
  });
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const row = await requireReactable(tx, messageId, me.id);
    if (await hasReacted(tx, reaction)) {
      await deleteReaction(tx, reaction);
      await changeReactions(kit, tx, { chatId: row.chatId, messageId }, emoji, -1);
      await withdrawFromAuthor(kit, tx, row, me.id);
    }
    return loadMessage(tx, messageId);
  });
}

/** As soon as nothing of this person is left there. */
async function withdrawFromAuthor(kit: Kit, tx: Tx, row: MessageRow, byUserId: number): Promise<void> {
  const { id: messageId, chatId, senderId: userId } = row;
  const left = await reactionsBy(tx, [[messageId, byUserId]]);
  if (left.length === 0) await withdraw(kit, tx, { type: "reaction", userId, chatId, messageId, byUserId });
}
