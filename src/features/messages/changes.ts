/** Steps that change a message, with the event that tells of it, for the transactions of all features. */
import { chatAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { messageFilled, messageUpdated } from "./events.ts";
import { loadMessages } from "./load.ts";
import type { Message } from "./schema.ts";
import * as store from "./store.ts";

export async function changeMessage(
  tx: Tx,
  journal: Journal,
  row: store.MessageRow,
  change: Partial<store.MessageRow>,
): Promise<Message> {
  const { id, chatId } = row;
  if (Object.keys(change).length > 0) await store.updateMessage(tx, id, change);
  const message = (await loadMessages(tx, [id])).get(id)!;
  await journal.record(tx, messageUpdated, chatAudience(chatId), id, { message });
  if (isEmpty(row) && !isEmpty({ ...row, ...change })) {
    await journal.record(tx, messageFilled, chatAudience(chatId), id, { message });
  }
  return message;
}

function isEmpty({ content, mediaCount }: store.MessageRow): boolean {
  return content === "" && mediaCount === 0;
}

/** Tells a chat what has become of the files in a message. */
export async function tellFiles(
  tx: Tx,
  journal: Journal,
  messageId: number,
  mediaCount?: number,
): Promise<void> {
  const row = await store.findMessage(tx, messageId);
  if (row && row.deletedBy === null) {
    await changeMessage(tx, journal, row, mediaCount === undefined ? {} : { mediaCount });
  }
}
