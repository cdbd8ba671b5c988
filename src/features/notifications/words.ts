/** What notifications say. It is kept nowhere but made from the tables, so what is deleted there is gone here. */
import { toTime } from "../../core/wire.ts";
import type { Read } from "../../platform/db/database.ts";
import { unreadBehind } from "../messages/unread.ts";
import type { Notification } from "./schema.ts";
import type { NotificationRow } from "./store.ts";
import * as store from "./words-store.ts";

type Member = NonNullable<Awaited<ReturnType<typeof store.findMember>>>;
type Words = Pick<Notification, "title" | "body" | "data">;

/** About so many characters fit on a locked phone. */
const bodyLength = 120;

/** What stands for a message that has a file and no text. */
const withoutText: Record<string, string> = { image: "Photo", video: "Video", audio: "Audio", file: "File" };

/** In the order of `rows`, each as its own user sees it now, as far as they are in its chat. */
export async function toNotifications(read: Read, rows: NotificationRow[]): Promise<Notification[]> {
  const facts = factsOf(read);
  const shown: Notification[] = [];
  for (const row of rows) {
    const member = await store.findMember(read, row.chatId, row.userId);
    if (!member) continue;
    const wasRead = isRead(row, member);
    const words = await wordsFor(facts, row, member, wasRead);
    shown.push({
      id: row.id,
      user_id: row.userId,
      notification_type: row.type,
      ...words,
      is_read: wasRead,
      created_at: toTime(row.createdAt),
    });
  }
  return shown;
}

/** By its own flag, or because its user has read that far in the chat. */
export function isRead(
  item: { readPos: number | null; messageId: number },
  member: { lastReadId: number } | undefined,
): boolean {
  return item.readPos !== null || (member !== undefined && member.lastReadId >= item.messageId);
}

function wordsFor(facts: Facts, row: NotificationRow, member: Member, wasRead: boolean): Promise<Words> {
  if (row.type === "message") return aboutMessages(facts, row, member, wasRead);
  return row.type === "mention" ? aboutMention(facts, row) : aboutInvitation(facts, row);
}

async function aboutMessages(
  facts: Facts,
  row: NotificationRow,
  member: Member,
  wasRead: boolean,
): Promise<Words> {
  const { chatId, userId } = row;
  const chat = await facts.chat(chatId);
  const isGroup = chat.chatType === "group";
  const title = isGroup ? chat.name! : await peerName(facts, chatId, userId);
  const count = wasRead ? undefined : await unreadBehind(facts.read, { chatId, userId, ...member }, chat);
  const data = { chat_id: chatId, ...(count !== undefined && { count }) };
  const latest = wasRead
    ? await facts.message(row.messageId)
    : await store.findLatest(facts.read, chatId, { userId, after: member.lastReadId });
  if (!latest || latest.deletedBy !== null) return { title, body: "", data };
  const text = textOf(latest);
  const by = isGroup ? `${(await facts.names(latest.senderId)).username}: ` : "";
  return {
    title,
    body: shorten(by + text),
    data: { ...data, message_id: latest.id, by_user_id: latest.senderId },
  };
}

async function aboutMention(facts: Facts, row: NotificationRow): Promise<Words> {
  const chat = await facts.chat(row.chatId);
  const { username } = await facts.names(row.byUserId!);
  const message = await facts.message(row.messageId);
  return {
    title: `${username} mentioned you${chat.chatType === "group" ? ` in ${chat.name}` : ""}`,
    body: message.deletedBy === null ? shorten(textOf(message)) : "",
    data: idsOf(row),
  };
}

async function aboutInvitation(facts: Facts, row: NotificationRow): Promise<Words> {
  const { username } = await facts.names(row.byUserId!);
  return { title: (await facts.chat(row.chatId)).name!, body: `${username} added you`, data: idsOf(row) };
}

function idsOf({ type, chatId, messageId, byUserId }: NotificationRow): Words["data"] {
  return {
    chat_id: chatId,
    ...(type === "mention" && { message_id: messageId }),
    ...(byUserId !== null && { by_user_id: byUserId }),
  };
}

async function peerName(facts: Facts, chatId: number, userId: number): Promise<string> {
  const { username, fullName } = await facts.names(await store.findPeer(facts.read, chatId, userId));
  return fullName ?? username;
}

function textOf(message: { content: string; contentType: string; mediaCount: number }): string {
  if (message.content !== "" || message.mediaCount === 0) return message.content;
  return withoutText[message.contentType] ?? withoutText["file"]!;
}

/** On one line, and not too long. */
function shorten(text: string): string {
  // A text may be long: what is far behind the end is not looked at.
  const line = text
    .slice(0, bodyLength * 20)
    .replace(/\s+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length > bodyLength ? `${characters.slice(0, bodyLength - 1).join("")}…` : line;
}

type Facts = ReturnType<typeof factsOf>;

/** What many notifications have in common is looked up once. */
function factsOf(read: Read) {
  return {
    read,
    chat: once((id) => store.findChat(read, id)),
    names: once((id) => store.findNames(read, id)),
    message: once((id) => store.findMessage(read, id)),
  };
}

function once<T>(find: (id: number) => Promise<T>): (id: number) => Promise<T> {
  const found = new Map<number, Promise<T>>();
  return (id) => {
    const known = found.get(id) ?? find(id);
    found.set(id, known);
    return known;
  };
}
