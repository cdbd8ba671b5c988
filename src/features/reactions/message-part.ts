import type { MessagePart } from "../chat/index.ts";
import { withdraw } from "../notifications/index.ts";
import { deleteAll, findSummaries } from "./store.ts";

/** The reactions in messages. */
export const reactionsPart: MessagePart = {
  async load(read, ids) {
    const rows = await findSummaries(read, ids);
    return new Map(rows.map(({ messageId, reactions }) => [messageId, { reactions }]));
  },

  async erase(kit, tx, { id: messageId, chatId, senderId: userId }) {
    const [summary] = await findSummaries(tx, [messageId]);
    if (!summary) return;
    await deleteAll(tx, messageId);
    await withdraw(kit, tx, { type: "reaction", userId, chatId, messageId });
  },
};
