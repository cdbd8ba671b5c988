import { z } from "zod";

import { id } from "../../core/wire.ts";
import { audienceId, defineEffect, defineEvent, type Happened, isChat } from "../../events/event.ts";
import type { Read } from "../../platform/db/database.ts";
import { markersOf, type Progress, progressIn, sizeOf, toMarkers } from "../chats/markers.ts";
import { loadMessages } from "./load.ts";
import { mentionsBehind } from "./mentions.ts";
import { ContentType, Message } from "./schema.ts";
import { findMessage, type MessageRow } from "./store.ts";
import { type Extent, type Place, unreadBehind } from "./unread.ts";

const withMessage = z.object({ message: Message });
/** The last message that somebody has read or received; null for none. */
const marker = id.nullable();

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
        return { ...ofSender(await markersOf(read, chat_id, sender_id)), ...one };
      }),
    );
  },
});

export function ofSender(progress: Pick<Progress, "lastDeliveredId" | "lastReadId"> | undefined) {
  return {
    sender_last_delivered_message_id: progress?.lastDeliveredId || null,
    sender_last_read_message_id: progress?.lastReadId || null,
  };
}

type NewMessage = z.input<typeof withMessage>;

export const messageUpdated = defineEvent({
  type: "message_updated",
  summary: "A message was edited, or its files are others, or ready now.",
  schema: withMessage,
  load: loadEach,
});

/** What was sent ahead of its file and has it now is as good as new: those who are away are told only then. */
export const messageFilled = defineEffect<NewMessage>({
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
  }),
  load: (read, happened) =>
    Promise.all(
      happened.map(async ({ ref }) => {
        const row = await findMessage(read, ref);
        return row?.deletedBy ? toDeleted({ ...row, deletedBy: row.deletedBy }) : undefined;
      }),
    ),
});

export function toDeleted(
  row: Pick<MessageRow, "id" | "chatId" | "senderId" | "contentType"> & { deletedBy: number },
) {
  return {
    chat_id: row.chatId,
    message_id: row.id,
    sender_id: row.senderId,
    content_type: row.contentType,
    deleted_by: row.deletedBy,
  };
}

/** A replay says no more at once. */
const mostStatuses = 1000;

/** Told to the chat. A row of the journal stands for all that has moved so far: the one before it goes. */
export const messageStatus = defineEvent({
  type: "message_status",
  summary: "These people have received and read a chat up to and including these messages.",
  schema: z.object({
    chat_id: id,
    statuses: z.array(
      z.object({ user_id: id, last_delivered_message_id: marker, last_read_message_id: marker }),
    ),
  }),
  load: (read, happened) =>
    Promise.all(
      happened.map(async ({ audience }) => {
        if (!isChat(audience)) return undefined;
        const chatId = audienceId(audience);
        // One that has become large since tells only those who look.
        if ((await sizeOf(read, chatId)).memberCount > mostStatuses) return undefined;
        return { chat_id: chatId, statuses: (await progressIn(read, chatId)).map(toStatus) };
      }),
    ),
});

/** How far somebody has come in a chat. */
export interface Reached {
  userId: number;
  lastDeliveredId: number;
  lastReadId: number;
}

export function toStatus({ userId, lastDeliveredId, lastReadId }: Reached) {
  return { user_id: userId, ...toMarkers({ lastReadId, lastDeliveredId }) };
}

/** `ref` is the chat; the one before it goes. */
export const chatRead = defineEvent({
  type: "chat_read",
  summary: "I have read a chat up to and including this message, on whatever device.",
  schema: z.object({
    chat_id: id,
    last_read_message_id: marker,
    unread_count: z.int().min(0),
    unread_mentions: z.int().min(0),
  }),
  load: (read, happened, viewer) =>
    Promise.all(
      happened.map(async ({ ref: chatId }) => {
        const markers = await markersOf(read, chatId, viewer.id);
        if (!markers) return undefined;
        return toChatRead(read, { chatId, userId: viewer.id, ...markers }, await sizeOf(read, chatId));
      }),
    ),
});

export async function toChatRead(read: Read, place: Place, chat: Extent) {
  const { chatId, userId, lastReadId } = place;
  return {
    chat_id: chatId,
    last_read_message_id: lastReadId || null,
    unread_count: await unreadBehind(read, place, chat),
    unread_mentions: await mentionsBehind(read, chatId, userId, lastReadId),
  };
}
