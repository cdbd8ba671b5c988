/** Steps that change a message, with the event that tells of it. */
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { messageFilled, messageUpdated } from "./events.ts";
import { loadMessage } from "./load.ts";
import type { Message } from "./schema.ts";
import * as store from "./store.ts";

type JournalKit = Pick<Kit, "journal">;

export async function changeMessage(
  kit: JournalKit,
  tx: Tx,
  row: store.MessageRow,
  change: Partial<store.MessageRow>,
): Promise<Message> {
  const { id, chatId } = row;
  if (Object.keys(change).length > 0) await store.updateMessage(tx, id, change);
  const message = await loadMessage(tx, id);
  await kit.journal.record(tx, messageUpdated, chatAudience(chatId), id, { message });
  if (isEmpty(row) && !isEmpty({ ...row, ...change })) {
    await kit.journal.record(tx, messageFilled, chatAudience(chatId), id, { message });
  }
  return message;
}

function isEmpty({ content, mediaCount }: store.MessageRow): boolean {
  return content === "" && mediaCount === 0;
}

/** Tells a chat what has become of the files in a message; `mediaCount` where there are more or fewer of them now. */
export async function tellFiles(
  kit: JournalKit,
  tx: Tx,
  messageId: number,
  mediaCount?: number,
): Promise<void> {
  const row = await store.findMessage(tx, messageId);
  if (row?.deletedBy !== null) return;
  await changeMessage(kit, tx, row, mediaCount === undefined ? {} : { mediaCount });
}
