import { z } from "zod";

import { byId } from "../../../core/by-id.ts";
import { id } from "../../../core/wire.ts";
import { defineEffect, defineEvent, type Happened } from "../../../events/event.ts";
import type { Read } from "../../../platform/db/database.ts";
import { marker } from "../members/schema.ts";
import { findMarkers } from "../receipts/markers-store.ts";
import type { Markers } from "../receipts/markers.ts";
import { loadMessages } from "./load.ts";
import { ContentType, Message } from "./schema.ts";
import { findMessages, type MessageRow } from "./store.ts";

const withMessage = z.object({ message: Message });

async function loadEach(read: Read, happened: Happened[]) {
  const ids = happened.map((one) => one.ref);
  const loaded = await loadMessages(read, ids);
  return ids.map((id) => {
    const message = loaded.get(id);
    return message && { message };
  });
}

export const newMessage = defineEvent({
  type: "new_message",
  summary: "Somebody wrote, or the chat itself has something to say.",
  schema: withMessage.extend({
    sender_last_delivered_message_id: marker.meta({
      description: "How far the sender has come with this message; null for one who is not in the chat.",
    }),
    sender_last_read_message_id: marker,
  }),
  async load(read, happened) {
    const loaded = await loadEach(read, happened);
    return Promise.all(
      loaded.map(async (one) => {
        if (!one) return undefined;
        const { chat_id, sender_id } = one.message;
        return { ...ofSender(await findMarkers(read, chat_id, sender_id)), ...one };
      }),
    );
  },
});

export function ofSender(markers: Markers | undefined) {
  return {
    sender_last_delivered_message_id: markers?.lastDeliveredId || null,
    sender_last_read_message_id: markers?.lastReadId || null,
  };
}

export const messageUpdated = defineEvent({
  type: "message_updated",
  summary: "A message was edited, or its files are others, or ready now.",
  schema: withMessage,
  load: loadEach,
});

/** What was sent ahead of its file and has it now is as good as new: those who are away are told only then. */
export const messageFilled = defineEffect<z.input<typeof withMessage>>({
  type: "message_filled",
  summary: "A message that had nothing to show has text or a file now.",
  effects: () => [],
});

export const messageDeleted = defineEvent({
  type: "message_deleted",
  summary: "A message was deleted; a tombstone stays. What was unread of it is so for nobody any more.",
  schema: z.object({
    chat_id: id,
    message_id: id,
    sender_id: id,
    content_type: ContentType,
    deleted_by: id,
    content: z.string().optional().meta({
      description: "Of an encrypted chat, where it was given: a JWE by which devices know who deleted it.",
    }),
  }),
  async load(read, happened) {
    const rows = await findMessages(read, new Set(happened.map((one) => one.ref)));
    const found = byId(rows);
    return happened.map(({ ref }) => {
      const row = found.get(ref);
      return row?.deletedBy ? toDeleted(row, row.deletedBy) : undefined;
    });
  },
});

export function toDeleted(
  row: Pick<MessageRow, "id" | "chatId" | "senderId" | "contentType" | "content" | "encrypted">,
  deletedBy: number,
) {
  return {
    chat_id: row.chatId,
    message_id: row.id,
    sender_id: row.senderId,
    content_type: row.contentType,
    deleted_by: deletedBy,
    ...(row.encrypted && { content: row.content }),
  };
}
