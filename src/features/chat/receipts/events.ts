import { z } from "zod";

import { id } from "../../../core/wire.ts";
import { audienceId, defineEvent, isChat } from "../../../events/event.ts";
import type { Read } from "../../../platform/db/database.ts";
import { findSize } from "../groups/store.ts";
import { marker } from "../members/schema.ts";
import { countMentionsBehind } from "../mentions/store.ts";
import { findMarkers, findProgress } from "./markers-store.ts";
import { type Markers, toMarkers } from "./markers.ts";
import { type Extent, type Position, unreadBehind } from "./unread.ts";

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
        if ((await findSize(read, chatId)).memberCount > mostStatuses) return undefined;
        return { chat_id: chatId, statuses: (await findProgress(read, chatId)).map(toStatus) };
      }),
    ),
});

/** How far somebody has come in a chat. */
export interface Reached extends Markers {
  userId: number;
}

export function toStatus({ userId, ...reached }: Reached) {
  return { user_id: userId, ...toMarkers(reached) };
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
        const markers = await findMarkers(read, chatId, viewer.id);
        if (!markers) return undefined;
        return toChatRead(read, { chatId, userId: viewer.id, ...markers }, await findSize(read, chatId));
      }),
    ),
});

export async function toChatRead(read: Read, position: Position, chat: Extent) {
  const { chatId, userId, lastReadId } = position;
  return {
    chat_id: chatId,
    last_read_message_id: lastReadId || null,
    unread_count: await unreadBehind(read, position, chat),
    unread_mentions: await countMentionsBehind(read, { chatId, userId, after: lastReadId }),
  };
}
