/** Chats as one of their members sees them. */
import { ChatError } from "../../core/errors.ts";
import type { Read } from "../../platform/db/database.ts";
import { toUser } from "../accounts/people.ts";
import { lastMessages } from "../messages/load.ts";
import { toChatInfo } from "./membership.ts";
import type { Chat, Role } from "./schema.ts";
import { type ChatRow, findChats, findMembership, findPeers, findRole } from "./store.ts";

/** In the order of `rows`. */
export async function viewChats(
  read: Read,
  viewer: number,
  rows: { chat: ChatRow; role: Role }[],
): Promise<Chat[]> {
  const last = await lastMessages(
    read,
    rows.map((row) => row.chat.id),
  );
  const direct = rows.filter((row) => row.chat.chatType === "direct").map((row) => row.chat.id);
  const peers = direct.length > 0 ? await findPeers(read, direct, viewer) : [];
  const peerOf = new Map(peers.map((row) => [row.chatId, toUser(row.user)]));
  return rows.map(({ chat, role }) => ({
    ...toChatInfo(chat),
    my_role: role,
    last_message: last.get(chat.id) ?? null,
    peer: peerOf.get(chat.id) ?? null,
  }));
}

/** Errors: `not_found` when the viewer is not in it. */
export async function viewChat(read: Read, viewer: number, chatId: number): Promise<Chat> {
  const found = await findMembership(read, chatId, viewer);
  if (!found) throw new ChatError("not_found");
  return (await viewChats(read, viewer, [{ chat: found.chat, role: found.member.role }]))[0]!;
}

/** Those of `ids` that the viewer is in, by id. */
export async function viewChatsById(read: Read, viewer: number, ids: number[]): Promise<Map<number, Chat>> {
  const rows: { chat: ChatRow; role: Role }[] = [];
  for (const chat of await findChats(read, [...new Set(ids)])) {
    const standing = await findRole(read, chat.id, viewer);
    if (standing) rows.push({ chat, role: standing.role });
  }
  return new Map((await viewChats(read, viewer, rows)).map((chat) => [chat.id, chat]));
}
