import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { removeItems } from "../../files/index.ts";
import { mayRemoveOthers, requireActive } from "../members/rules.ts";
import { requireMessage, seesMessage } from "../messages/access.ts";
import { tellFiles } from "../messages/changes.ts";
import { pace } from "../pace.ts";
import { requireSeen, see } from "./seen.ts";

/**
 * Takes a file away, out of its message, too. Errors: `not_found`, `forbidden` for all but its uploader and a group's
 * admins, and for an uploader who has left the chat; `chat_inactive`.
 */
export async function removeMedia(kit: Kit, actor: Actor, id: number): Promise<void> {
  const { chatId, uploaderId } = (await see(kit, actor, id)).media;
  const isTheirs = uploaderId === actor.userId;
  if (chatId !== null) {
    await pace(kit).wait(chatId, actor.userId, {
      isDue: (_, standing) => isTheirs || mayRemoveOthers(standing),
    });
  }
  await kit.db.transact(async (tx) => {
    const item = await requireSeen(tx, actor, id);
    const { messageId } = item.media;
    if (messageId === null) return removeItems(kit, tx, [item]);
    if (!(await seesMessage(tx, messageId, actor.userId))) throw new ChatError("forbidden");
    const { row, standing } = await requireMessage(tx, messageId, actor.userId);
    if (!isTheirs && !mayRemoveOthers(standing)) throw new ChatError("forbidden");
    requireActive(standing);
    await removeItems(kit, tx, [item]);
    await tellFiles(kit, tx, messageId, row.mediaCount - 1);
  });
}
