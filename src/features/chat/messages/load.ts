/** Steps that bring messages from the tables into the shape that people see. */
import { byId } from "../../../core/by-id.ts";
import { toTime } from "../../../core/wire.ts";
import type { Read } from "../../../platform/db/database.ts";
import { profilesById } from "../../accounts/index.ts";
import type { Media } from "../../files/index.ts";
import { mediaOf } from "../attachments/attachments.ts";
import { type Status, statusesOf } from "../receipts/message-status.ts";
import { loadParts } from "./parts.ts";
import type { Message } from "./schema.ts";
import { findLast, findLastId, findMessages, type MessageRow } from "./store.ts";

/** Those of `ids` that exist, by id. */
export async function loadMessages(read: Read, ids: number[]): Promise<Map<number, Message>> {
  if (ids.length === 0) return new Map();
  const rows = await findMessages(read, new Set(ids));
  return byId(await toMessages(read, rows));
}

/** One that is known to be there. */
export async function loadMessage(read: Read, id: number): Promise<Message> {
  const message = (await loadMessages(read, [id])).get(id);
  if (!message) throw new Error(`there is no message ${id}`);
  return message;
}

/** 0 for a chat without messages. */
export async function lastMessageId(read: Read, chatId: number): Promise<number> {
  return (await findLastId(read, chatId)) ?? 0;
}

/** The last message of each of `chatIds` that has one, by chat. */
export async function lastMessages(read: Read, chatIds: number[]): Promise<Map<number, Message>> {
  if (chatIds.length === 0) return new Map();
  const messages = await toMessages(read, await findLast(read, chatIds));
  return new Map(messages.map((message) => [message.chat_id, message]));
}

/** In the order of `rows`. */
export async function toMessages(read: Read, rows: MessageRow[]): Promise<Message[]> {
  if (rows.length === 0) return [];
  const quoted = await findQuoted(read, rows);
  const all = [...rows, ...quoted.values()];
  const about: About = {
    quoted,
    usernames: await usernamesOf(read, all),
    media: await mediaOf(read, withFiles(all)),
  };
  const statuses = await statusesOf(read, rows);
  const parts = await loadParts(
    read,
    rows.map((row) => row.id),
  );
  return rows.map((row) => {
    const message = toMessage(row, statuses.get(row.id) ?? "sent", about);
    return Object.assign(message, parts.get(row.id));
  });
}

/** What is shown of messages besides their rows. */
export interface About {
  /** What is replied to, by id. */
  quoted: ReadonlyMap<number, MessageRow>;
  /** The senders' names, by id. */
  usernames: ReadonlyMap<number, string>;
  /** The files in them and in what they reply to, by message. */
  media: ReadonlyMap<number, Media[]>;
}

async function findQuoted(read: Read, rows: MessageRow[]): Promise<Map<number, MessageRow>> {
  const ids = new Set(rows.flatMap((row) => row.replyToId ?? []));
  if (ids.size === 0) return new Map();
  return byId(await findMessages(read, ids));
}

async function usernamesOf(read: Read, rows: MessageRow[]): Promise<Map<number, string>> {
  const profiles = await profilesById(read, [...new Set(rows.map((row) => row.senderId))]);
  return new Map([...profiles].map(([id, one]) => [id, one.username]));
}

function withFiles(rows: MessageRow[]): number[] {
  return [...new Set(rows.filter((one) => one.mediaCount > 0).map((one) => one.id))];
}

export function toMessage(row: MessageRow, status: Status, { quoted, usernames, media }: About): Message {
  const quote = row.replyToId === null ? undefined : quoted.get(row.replyToId);
  return {
    id: row.id,
    chat_id: row.chatId,
    seq: row.seq,
    client_id: row.clientId,
    sender_id: row.senderId,
    sender_username: usernames.get(row.senderId) ?? "",
    reply_to_id: row.replyToId,
    reply_to: quote ? toQuote(quote, usernames, media.get(quote.id)?.[0]) : null,
    content: row.content,
    content_type: row.contentType,
    status,
    is_edited: row.editedAt !== null,
    edited_at: row.editedAt === null ? null : toTime(row.editedAt),
    is_deleted: row.deletedBy !== null,
    created_at: toTime(row.createdAt),
    media: media.get(row.id) ?? [],
    mentions: row.mentions ?? [],
    mentions_all: row.mentionsAll,
    encrypted: row.encrypted,
    system: row.system,
    reactions: [],
  };
}

/** `file`: the first one in it. */
function toQuote(
  row: MessageRow,
  usernames: ReadonlyMap<number, string>,
  file: Media | undefined,
): Message["reply_to"] {
  return {
    id: row.id,
    sender_id: row.senderId,
    sender_username: usernames.get(row.senderId) ?? "",
    // Devices quote what they have opened.
    content: row.encrypted ? "" : row.content,
    content_type: row.contentType,
    media_type: file?.media_type ?? null,
    original_filename: file?.original_filename ?? null,
    is_deleted: row.deletedBy !== null,
  };
}
