/** Chats as one of their members sees them. */
import type { z } from "zod";

import { ChatError } from "../../core/errors.ts";
import type { Read } from "../../platform/db/database.ts";
import type { Viewer } from "../../events/event.ts";
import { presenceOf, toUser } from "../accounts/people.ts";
import type { User as UserSchema } from "../accounts/schema.ts";
import { lastMessages } from "../messages/load.ts";
import { unreadMentions } from "../messages/mentions.ts";
import { unreadIn } from "../messages/unread.ts";
import { acquainted, toChatInfo, toMember, toOwnMember } from "./membership.ts";
import type { Chat, Member } from "./schema.ts";
import { type ChatRow, findMembers, findMembership, findPeers, type MemberRow, type Row } from "./store.ts";

type User = z.infer<typeof UserSchema>;

/** A chat and the viewer's membership in it. */
interface Seen {
  chat: ChatRow;
  member: MemberRow;
}

/** Members of a chat, as one of them sees them. Who shares a group sees who is online; in a direct chat `acquainted` says. */
export async function viewMembers(
  read: Read,
  viewer: Viewer,
  { chatType }: Pick<ChatRow, "chatType">,
  rows: Row[],
): Promise<Member[]> {
  const ids = rows.map((row) => row.member.userId);
  const known = chatType === "group" ? new Set(ids) : await acquainted(read, viewer.id, ids);
  known.add(viewer.id);
  return rows.map((row) => {
    const { userId } = row.member;
    const shown = userId === viewer.id ? toOwnMember(row) : toMember(row);
    return known.has(userId) ? { ...shown, ...presenceOf(row, viewer.isOnline(userId)) } : shown;
  });
}

/** Errors: `not_found` when they are not in it. */
export async function viewMember(
  read: Read,
  viewer: Viewer,
  chat: Pick<ChatRow, "id" | "chatType">,
  userId: number,
): Promise<Member> {
  const rows = await findMembers(read, chat.id, [userId]);
  const [member] = await viewMembers(read, viewer, chat, rows);
  if (!member) throw new ChatError("not_found");
  return member;
}

/** In the order of `rows`. */
export async function viewChats(read: Read, viewer: Viewer, rows: Seen[]): Promise<Chat[]> {
  const last = await lastMessages(
    read,
    rows.map((row) => row.chat.id),
  );
  const peers = await viewPeers(read, viewer, rows);
  const mentions = await unreadMentions(read, viewer.id);
  const unread = await unreadIn(
    read,
    viewer.id,
    rows.map((row) => row.chat.id),
  );
  return rows.map(({ chat, member }) => ({
    ...toChatInfo(chat),
    my_role: member.role,
    is_muted: member.isMuted,
    unread_count: unread.get(chat.id) ?? 0,
    unread_mentions: mentions.get(chat.id) ?? 0,
    last_read_message_id: member.lastReadId || null,
    last_message: last.get(chat.id) ?? null,
    peer: peers.get(chat.id) ?? null,
  }));
}

/** The other person of each direct chat, by chat. */
async function viewPeers(read: Read, viewer: Viewer, rows: Seen[]): Promise<Map<number, User>> {
  const direct = rows.filter(({ chat }) => chat.chatType === "direct").map(({ chat }) => chat.id);
  if (direct.length === 0) return new Map();
  const peers = await findPeers(read, direct, viewer.id);
  const asStranger = new Set(
    rows.filter(({ chat }) => chat.strangerId === viewer.id).map((row) => row.chat.id),
  );
  const strangers = peers.filter((row) => asStranger.has(row.chatId)).map((row) => row.user.id);
  const known = await acquainted(read, viewer.id, strangers);
  return new Map(
    peers.map(({ chatId, user }) => {
      const isHidden = asStranger.has(chatId) && !known.has(user.id);
      return [chatId, toUser(user, isHidden ? undefined : viewer.isOnline)];
    }),
  );
}

/** Errors: `not_found` when the viewer is not in it. */
export async function viewChat(read: Read, viewer: Viewer, chatId: number): Promise<Chat> {
  const found = await findMembership(read, chatId, viewer.id);
  if (!found) throw new ChatError("not_found");
  return (await viewChats(read, viewer, [found]))[0]!;
}

/** Those of `ids` that the viewer is in, by id. */
export async function viewChatsById(read: Read, viewer: Viewer, ids: number[]): Promise<Map<number, Chat>> {
  const rows: Seen[] = [];
  for (const id of new Set(ids)) {
    const found = await findMembership(read, id, viewer.id);
    if (found) rows.push(found);
  }
  return new Map((await viewChats(read, viewer, rows)).map((chat) => [chat.id, chat]));
}
