/** Authorization is a lookup: who is in a chat, and as what. For the transactions of all parts and features. */
import { ChatError } from "../../../core/errors.ts";
import { chatAudience, userAudience } from "../../../events/event.ts";
import type { Hearing } from "../../../events/resume.ts";
import type { Read } from "../../../platform/db/database.ts";
import { isActive } from "../../accounts/index.ts";
import {
  type ChatRow,
  type ChatState,
  findSeen,
  findSizes,
  findState,
  type MemberRow,
  type Seen,
} from "../groups/store.ts";
import { requireActive } from "./rules.ts";
import type { Role } from "./schema.ts";
import * as store from "./store.ts";

/** How far somebody has come in a chat. */
export type Progress = Pick<MemberRow, "lastReadId" | "lastDeliveredId" | "readCount" | "ownUnread">;

/** The least of a membership and its chat that rules, and whoever writes there, need. */
export interface Standing extends ChatState {
  role: Role;
  /** How far they have come. */
  progress: Progress;
}

/** Undefined for somebody who is not in the chat. */
export async function standingIn(read: Read, chatId: number, userId: number): Promise<Standing | undefined> {
  const member = await store.findRole(read, chatId, userId);
  const chat = member && (await findState(read, chatId));
  return chat && Object.assign(chat, { role: member.role, progress: member });
}

/** Errors: `not_found` when the user is not in the chat, whether it exists or not. */
export async function requireMember(read: Read, chatId: number, userId: number): Promise<Standing> {
  const found = await standingIn(read, chatId, userId);
  if (!found) throw new ChatError("not_found");
  return found;
}

export async function isMember(read: Read, chatId: number, userId: number): Promise<boolean> {
  return (await store.findRole(read, chatId, userId)) !== undefined;
}

/** Errors: `not_found`, and for what needs a living group `direct_chat_fixed` and `chat_inactive`. */
export async function requireGroup(read: Read, chatId: number, userId: number): Promise<Seen> {
  const found = await requireSeen(read, chatId, userId);
  if (found.chat.chatType === "direct") throw new ChatError("direct_chat_fixed");
  return found;
}

/** The same of a direct chat, too. Errors: `not_found`, `chat_inactive`. */
export async function requireSeen(read: Read, chatId: number, userId: number): Promise<Seen> {
  const [found] = await findSeen(read, [chatId], userId);
  if (!found) throw new ChatError("not_found");
  requireActive(found.chat);
  return found;
}

/**
 * That somebody can still say something there. Errors: `chat_inactive`, and `peer_inactive` in a direct chat whose
 * other person's account is closed.
 */
export async function requireOpen(
  read: Read,
  chat: Pick<ChatRow, "isActive" | "directKey">,
  userId: number,
): Promise<void> {
  requireActive(chat);
  if (chat.directKey === null) return;
  const peer = chat.directKey
    .split(":")
    .map(Number)
    .find((id) => id !== userId);
  if (peer !== undefined && !(await isActive(read, peer))) throw new ChatError("peer_inactive");
}

/** The chats that a user is in now. */
export async function chatIdsOf(read: Read, userId: number): Promise<number[]> {
  return (await store.chatsHeardBy(read, userId)).map((row) => row.chatId);
}

/** The chats somebody is in, with how many members they have, and who is shown no presence there. */
export function chatSizes(
  read: Read,
  userId: number,
): Promise<{ chatId: number; memberCount: number; strangerId: number | null }[]> {
  return findSizes(read, userId);
}

/** Those of `userIds` who are in the chat. */
export async function membersAmong(read: Read, chatId: number, userIds: number[]): Promise<Set<number>> {
  if (userIds.length === 0) return new Set();
  const rows = await store.findMembers(read, chatId, userIds);
  return new Set(rows.map((row) => row.userId));
}

/** Those of `ids` whose presence this user is shown: they share a chat, and have answered where it is theirs alone. */
export async function acquainted(read: Read, userId: number, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  return new Set(await store.findAcquainted(read, userId, ids));
}

/** Those of `ids` who share a chat with this user, who still sees them when they have left. */
export async function sharingChat(read: Read, userId: number, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  return new Set(await store.findTogether(read, userId, ids));
}

/** What a user hears: their own events and, from when they joined, those of each of their chats. */
export async function audiencesOf(read: Read, userId: number): Promise<Hearing[]> {
  const heard = await store.chatsHeardBy(read, userId);
  return [
    { audience: userAudience(userId), after: 0 },
    ...heard.map((row) => ({ audience: chatAudience(row.chatId), after: row.joinedPos })),
  ];
}
