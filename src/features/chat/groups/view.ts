/** Chats as people see them. */
import type { z } from "zod";

import { byId } from "../../../core/by-id.ts";
import { ChatError } from "../../../core/errors.ts";
import { toTime } from "../../../core/wire.ts";
import type { Viewer } from "../../../events/event.ts";
import type { Read } from "../../../platform/db/database.ts";
import { profilesById, toUser, type User as UserSchema } from "../../accounts/index.ts";
import { acquainted } from "../members/membership.ts";
import { findOthers } from "../members/store.ts";
import { viewMembers } from "../members/view.ts";
import { pageOfMembers } from "../members/store.ts";
import { unreadMentions } from "../mentions/mentions.ts";
import { lastMessages } from "../messages/load.ts";
import { unreadIn } from "../receipts/unread.ts";
import type { Chat, ChatInfo } from "./schema.ts";
import { type ChatRow, findSeen, type Seen } from "./store.ts";

type User = z.infer<typeof UserSchema>;

const membersShown = 100;

export function toChatInfo(row: ChatRow): ChatInfo {
  return {
    id: row.id,
    chat_type: row.chatType,
    name: row.name,
    description: row.description,
    avatar_url: row.avatarUrl,
    is_active: row.isActive,
    created_at: toTime(row.createdAt),
    member_count: row.memberCount,
    encryption: { on: row.encryptionEpoch !== null, epoch: row.encryptionEpoch ?? 0 },
  };
}

/** In the order of `rows`. */
export async function viewChats(read: Read, viewer: Viewer, rows: Seen[]): Promise<Chat[]> {
  const chatIds = rows.map((row) => row.chat.id);
  const last = await lastMessages(read, chatIds);
  const peers = await viewPeers(read, viewer, rows);
  const mentions = await unreadMentions(read, viewer.id);
  const unread = await unreadIn(read, viewer.id, chatIds);
  return rows.map(({ chat, member }) => ({
    ...toChatInfo(chat),
    my_role: member.role,
    is_muted: member.notify !== "all",
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
  const peers = await findOthers(read, direct, viewer.id);
  const profiles = await profilesById(
    read,
    peers.map((row) => row.userId),
  );
  const asStranger = new Set(
    rows.filter(({ chat }) => chat.strangerId === viewer.id).map((row) => row.chat.id),
  );
  const strangers = peers.filter((row) => asStranger.has(row.chatId)).map((row) => row.userId);
  const known = await acquainted(read, viewer.id, strangers);
  const shown = new Map<number, User>();
  for (const { chatId, userId } of peers) {
    const profile = profiles.get(userId);
    const isHidden = asStranger.has(chatId) && !known.has(userId);
    if (profile) shown.set(chatId, toUser(profile, isHidden ? undefined : viewer.isOnline));
  }
  return shown;
}

/** Errors: `not_found` when the viewer is not in it. */
export async function viewChat(read: Read, viewer: Viewer, chatId: number): Promise<Chat> {
  const chat = (await viewChatsById(read, viewer, [chatId])).get(chatId);
  if (!chat) throw new ChatError("not_found");
  return chat;
}

/** Those of `ids` that the viewer is in, by id. */
export async function viewChatsById(read: Read, viewer: Viewer, ids: number[]): Promise<Map<number, Chat>> {
  const rows = await findSeen(read, new Set(ids), viewer.id);
  return byId(await viewChats(read, viewer, rows));
}

/** A chat with its first members. */
export async function withMembers(read: Read, viewer: Viewer, chat: Chat): Promise<Chat> {
  const rows = await pageOfMembers(read, chat.id, 0, membersShown);
  return { ...chat, members: await viewMembers(read, viewer, { chatType: chat.chat_type }, rows) };
}
