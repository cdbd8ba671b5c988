import { byId } from "../../../core/by-id.ts";
import type { Read } from "../../../platform/db/database.ts";
import { type Profile, profilesById } from "../../accounts/index.ts";
import {
  type ChatRow,
  findChats,
  findMessages,
  findOthers,
  type MessageRow,
  newestUnread,
  unreadBehind,
} from "../../chat/index.ts";
import { isRead, type Item } from "../items.ts";

/** What a notification is rendered from, as it is now. */
export interface Facts extends Item {
  wasRead: boolean;
  chat: ChatRow;
  /** The newest that is unread, of what is read the first, or the one that calls; undefined where it is gone. */
  message: MessageRow | undefined;
  /** Of what is unread in a chat: how much that is. */
  count: number | undefined;
  /** Who wrote, called or added. */
  by: Profile | undefined;
  /** The other person of a direct chat. */
  peer: Profile | undefined;
}

/** In the order of `items`. What many have in common is looked up once. */
export async function loadFacts(read: Read, items: Item[]): Promise<Facts[]> {
  if (items.length === 0) return [];
  const chats = byId(await findChats(read, new Set(items.map(({ row }) => row.chatId))));
  const known = items.flatMap((item) => {
    const chat = chats.get(item.row.chatId);
    return chat ? [{ ...item, chat, wasRead: isRead(item.row, item.member) }] : [];
  });
  const messages = await shownMessages(read, known);
  const peers = await peersOf(read, known);
  const senders = [...messages.values()].map((one) => one.senderId);
  const adders = known.flatMap(({ row }) => row.byUserId ?? []);
  const people = await profilesById(read, [...senders, ...adders, ...peers.values()]);
  return Promise.all(
    known.map(async (one) => {
      const message = messages.get(one.row.id);
      const by = one.row.byUserId ?? message?.senderId;
      const peer = peers.get(one.row.id);
      return {
        ...one,
        message,
        count: isNews(one) ? await unreadBehind(read, one.member, one.chat) : undefined,
        by: by === undefined ? undefined : people.get(by),
        peer: peer === undefined ? undefined : people.get(peer),
      };
    }),
  );
}

type Known = Pick<Facts, "row" | "member" | "chat" | "wasRead">;

/** It tells of what is unread in its chat. */
function isNews({ row, wasRead }: Known): boolean {
  return row.type === "message" && !wasRead;
}

/** By notification. */
async function shownMessages(read: Read, known: Known[]): Promise<Map<number, MessageRow>> {
  const shown = new Map<number, MessageRow>();
  const about = known.filter((one) => one.row.type !== "group_invite" && !isNews(one));
  const ids = new Set(about.map(({ row }) => row.messageId));
  const messages = byId(ids.size > 0 ? await findMessages(read, ids) : []);
  for (const { row } of about) {
    const message = messages.get(row.messageId);
    if (message?.deletedBy === null) shown.set(row.id, message);
  }
  for (const { row, member } of known.filter(isNews)) {
    const newest = await newestUnread(read, row.chatId, { userId: row.userId, after: member.lastReadId });
    if (newest) shown.set(row.id, newest);
  }
  return shown;
}

/** By notification, of those that name them. */
async function peersOf(read: Read, known: Known[]): Promise<Map<number, number>> {
  const peers = new Map<number, number>();
  const direct = known.filter(({ row, chat }) => row.type === "message" && chat.chatType === "direct");
  for (const [userId, theirs] of Map.groupBy(direct, ({ row }) => row.userId)) {
    const others = await findOthers(read, new Set(theirs.map(({ row }) => row.chatId)), userId);
    const byChat = new Map(others.map((one) => [one.chatId, one.userId]));
    for (const { row } of theirs) {
      const peer = byChat.get(row.chatId);
      if (peer !== undefined) peers.set(row.id, peer);
    }
  }
  return peers;
}
