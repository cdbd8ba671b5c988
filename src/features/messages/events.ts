import { z } from "zod";

import { id } from "../../core/wire.ts";
import { audienceId, defineEffect, defineEvent, type Happened } from "../../events/event.ts";
import type { Read } from "../../platform/db/database.ts";
import { markersOf, readerIn } from "../chats/markers.ts";
import { loadMessages } from "./load.ts";
import { Message } from "./schema.ts";
import { findMessage } from "./store.ts";

const withMessage = z.object({ message: Message });

async function loadEach(read: Read, happened: Happened[]) {
  const loaded = await loadMessages(
    read,
    happened.map((one) => one.ref),
  );
  return happened.map((one) => {
    const message = loaded.get(one.ref);
    return message && { message };
  });
}

export const newMessage = defineEvent({
  type: "new_message",
  summary: "Somebody wrote, or the chat itself has something to say.",
  schema: withMessage,
  load: loadEach,
});

export type NewMessage = z.input<typeof withMessage>;

export const messageUpdated = defineEvent({
  type: "message_updated",
  summary: "A message was edited, or its files are others, or ready now.",
  schema: withMessage,
  load: loadEach,
});

/** What was sent ahead of its file and has it now is as good as new: those who are away are told only then. */
export const messageFilled = defineEffect<object>({
  type: "message_filled",
  summary: "A message that had nothing to show has text or a file now.",
  effects: () => [],
});

export const messageDeleted = defineEvent({
  type: "message_deleted",
  summary: "A message was deleted; a tombstone stays.",
  schema: z.object({ chat_id: id, message_id: id, deleted_by: id }),
  load: (read, happened) =>
    Promise.all(
      happened.map(async ({ audience, ref }) => {
        const row = await findMessage(read, ref);
        if (!row?.deletedBy) return undefined;
        return { chat_id: audienceId(audience), message_id: ref, deleted_by: row.deletedBy };
      }),
    ),
});

/**
 * Told to the chat, `ref` being the reader, or, where a chat is large, to the reader's own devices and to whoever
 * looks at the chat, `ref` being the chat.
 */
export const messageStatus = defineEvent({
  type: "message_status",
  summary: "Somebody has received or read a chat up to and including these messages.",
  schema: z.object({
    chat_id: id,
    user_id: id,
    last_delivered_message_id: id.nullable(),
    last_read_message_id: id.nullable(),
  }),
  load: (read, happened) =>
    Promise.all(
      happened.map(async ({ audience, ref }) => {
        const { chatId, userId } = readerIn({ audience, ref });
        const markers = await markersOf(read, chatId, userId);
        return (
          markers && {
            chat_id: chatId,
            user_id: userId,
            last_delivered_message_id: markers.lastDeliveredId || null,
            last_read_message_id: markers.lastReadId || null,
          }
        );
      }),
    ),
});
