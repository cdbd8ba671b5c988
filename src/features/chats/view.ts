/** Chats as one of their members sees them. */
import { ChatError } from "../../core/errors.ts";
import type { Read } from "../../platform/db/database.ts";
import type { Viewer } from "../../events/event.ts";
import { presenceOf, toUser } from "../accounts/people.ts";
import { lastMessages } from "../messages/load.ts";
import { unreadMentions } from "../messages/mentions.ts";
import { unreadIn } from "../messages/unread.ts";
import { acquainted, toChatInfo, toMember, toOwnMember } from "./membership.ts";
import type { Chat, Member } from "./schema.ts";
import { type ChatRow, findMembers, findMembership, findPeers, type MemberRow, type Row } from "./store.ts";

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
  const direct = rows.filter((row) => row.chat.chatType === "direct").map((row) => row.chat.id);
  const peers = direct.length > 0 ? await findPeers(read, direct, viewer.id) : [];
  const peerOf = new Map(peers.map((row) => [row.chatId, toUser(row.user, viewer.isOnline)]));
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
    peer: peerOf.get(chat.id) ?? null,
  }));
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
