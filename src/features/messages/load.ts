/** Steps that bring messages from the tables into the shape that people see. */
import { toTime } from "../../core/wire.ts";
import type { Read } from "../../platform/db/database.ts";
import { type Status, statusesOf } from "../chats/markers.ts";
import { mediaOf } from "../media/attachments.ts";
import type { Media } from "../media/schema.ts";
import type { Message } from "./schema.ts";
import { findLast, type FullRow, loadByIds, loadLast } from "./store.ts";

/** Those of `ids` that exist, by id. */
export async function loadMessages(read: Read, ids: number[]): Promise<Map<number, Message>> {
  if (ids.length === 0) return new Map();
  const rows = await loadByIds(read, [...new Set(ids)]);
  return new Map((await toMessages(read, rows)).map((message) => [message.id, message]));
}

/** 0 for a chat without messages. */
export async function lastMessageId(read: Read, chatId: number): Promise<number> {
  return (await findLast(read, chatId))?.id ?? 0;
}

/** The last message of each of `chatIds` that has one, by chat. */
export async function lastMessages(read: Read, chatIds: number[]): Promise<Map<number, Message>> {
  if (chatIds.length === 0) return new Map();
  const rows = await loadLast(read, chatIds);
  return new Map((await toMessages(read, rows)).map((message) => [message.chat_id, message]));
}

/** In the order of `rows`. */
export async function toMessages(read: Read, rows: FullRow[]): Promise<Message[]> {
  const statuses = await statusesOf(
    read,
    rows.map((row) => row.message),
  );
  const media = await mediaOf(read, withFiles(rows));
  return rows.map((row) => toMessage(row, statuses.get(row.message.id)!, media));
}

/** Those of the messages, and of what they reply to, that have files. */
function withFiles(rows: FullRow[]): number[] {
  const all = rows.flatMap(({ message, quoted }) => (quoted ? [message, quoted] : [message]));
  return [...new Set(all.filter((one) => one.mediaCount > 0).map((one) => one.id))];
}

/** `media`: the files in it and in what it replies to, by message. */
export function toMessage(
  { message, username, quoted, quotedUsername }: FullRow,
  status: Status,
  media: ReadonlyMap<number, Media[]>,
): Message {
  const quotedFile = quoted ? media.get(quoted.id)?.[0] : undefined;
  return {
    id: message.id,
    chat_id: message.chatId,
    seq: message.seq,
    client_id: message.clientId,
    sender_id: message.senderId,
    sender_username: username,
    reply_to_id: message.replyToId,
    reply_to: quoted && {
      id: quoted.id,
      sender_id: quoted.senderId,
      sender_username: quotedUsername!,
      content: quoted.content,
      content_type: quoted.contentType,
      media_type: quotedFile?.media_type ?? null,
      original_filename: quotedFile?.original_filename ?? null,
      is_deleted: quoted.deletedBy !== null,
    },
    content: message.content,
    content_type: message.contentType,
    status,
    is_edited: message.editedAt !== null,
    edited_at: message.editedAt === null ? null : toTime(message.editedAt),
    is_deleted: message.deletedBy !== null,
    created_at: toTime(message.createdAt),
    media: media.get(message.id) ?? [],
    mentions: message.mentions ?? [],
    mentions_all: message.mentionsAll,
    system: message.system,
  };
}
