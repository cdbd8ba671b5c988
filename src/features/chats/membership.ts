/** Steps about who is in a chat and who may do what, for the transactions of all features. */
import { ChatError, invalid } from "../../core/errors.ts";
import { toTime } from "../../core/wire.ts";
import { chatAudience, userAudience } from "../../events/event.ts";
import type { Hearing } from "../../events/resume.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { isActive } from "../accounts/people.ts";
import { type Progress, toMarkers } from "./markers.ts";
import type { ChatInfo, Member, Role } from "./schema.ts";
import * as store from "./store.ts";

/** Who may do what beyond reading and writing, which every member may. A direct chat has two members and neither other role. */
export const rules = {
  delete_others_message: { what: "Delete what another wrote", may: ["admin", "owner"] },
  mention_all: { what: "Call everybody with `@all`", may: ["admin", "owner"] },
  edit_chat: { what: "Change the name, description and picture", may: ["admin", "owner"] },
  add_member: { what: "Add a member", may: ["admin", "owner"] },
  remove_member: { what: "Remove a member", may: ["admin", "owner"] },
  add_admin: { what: "Add somebody as an admin", may: ["owner"] },
  remove_admin: { what: "Remove an admin", may: ["owner"] },
  set_role: { what: "Make members admins and admins members, hand the group over", may: ["owner"] },
  close_chat: { what: "Close the group for all", may: ["owner"] },
} as const satisfies Record<string, { what: string; may: readonly Role[] }>;

export type Action = keyof typeof rules;

/** The least of a membership and its chat that rules, and whoever writes there, need. */
export interface Standing extends store.Counts {
  role: Role;
  isActive: boolean;
  chatType: "direct" | "group";
  /** `low:high` user ids of a direct chat. */
  directKey: string | null;
  /** How far they have come. */
  progress: Progress;
  /** Who is shown no presence here. */
  strangerId: number | null;
  /** The newest message that was deleted; 0 for none. */
  lastDeletedId: number;
}

/** Whether somebody may take away what others wrote and sent. */
export function mayRemoveOthers(standing: Standing): boolean {
  return standing.chatType === "group" && may(standing, "delete_others_message");
}

/** Errors: `not_found` when the user is not in the chat, whether it exists or not. */
export async function requireMember(read: Read, chatId: number, userId: number): Promise<Standing> {
  const found = await standingIn(read, chatId, userId);
  if (!found) throw new ChatError("not_found");
  return found;
}

/** Undefined for somebody who is not in the chat. */
export function standingIn(read: Read, chatId: number, userId: number): Promise<Standing | undefined> {
  return store.findRole(read, chatId, userId);
}

export async function isMember(read: Read, chatId: number, userId: number): Promise<boolean> {
  return (await standingIn(read, chatId, userId)) !== undefined;
}

/** The chats that a user is in now. */
export async function chatIdsOf(read: Read, userId: number): Promise<number[]> {
  return (await store.chatsHeardBy(read, userId)).map((row) => row.chatId);
}

/** Those of `userIds` who are in the chat. */
export async function membersAmong(read: Read, chatId: number, userIds: number[]): Promise<Set<number>> {
  if (userIds.length === 0) return new Set();
  return new Set(await store.idsAmong(read, chatId, userIds));
}

/** Somebody else's membership. Errors: `not_found` when they are not in the chat. */
export async function requireOther(read: Read, chatId: number, userId: number): Promise<Member> {
  return toMember(await requireRow(read, chatId, userId));
}

/** One's own membership, as nobody else sees it. Errors: `not_found`. */
export async function requireOwn(read: Read, chatId: number, userId: number): Promise<Member> {
  return toOwnMember(await requireRow(read, chatId, userId));
}

async function requireRow(read: Read, chatId: number, userId: number) {
  const [row] = await store.findMembers(read, chatId, [userId]);
  if (!row) throw new ChatError("not_found");
  return row;
}

/** Errors: `not_found`, and for what needs a living group `direct_chat_fixed` and `chat_inactive`. */
export async function requireGroup(
  read: Read,
  chatId: number,
  userId: number,
): Promise<{ chat: store.ChatRow; member: store.MemberRow }> {
  const found = await store.findMembership(read, chatId, userId);
  if (!found) throw new ChatError("not_found");
  if (found.chat.chatType === "direct") throw new ChatError("direct_chat_fixed");
  requireActive(found.chat);
  return found;
}

/** Errors: `forbidden`. */
export function requireMay(who: { role: Role }, action: Action): void {
  if (!may(who, action)) throw new ChatError("forbidden");
}

export function may(who: { role: Role }, action: Action): boolean {
  return (rules[action].may as readonly Role[]).includes(who.role);
}

/** Errors: `chat_inactive`. */
export function requireActive(chat: { isActive: boolean }): void {
  if (!chat.isActive) throw new ChatError("chat_inactive");
}

/**
 * That somebody can still say something there. Errors: `chat_inactive`, and `peer_inactive` in a direct chat whose
 * other person's account is closed.
 */
export async function requireOpen(read: Read, chat: Standing, userId: number): Promise<void> {
  requireActive(chat);
  if (chat.directKey === null) return;
  const peer = chat.directKey
    .split(":")
    .map(Number)
    .find((id) => id !== userId);
  if (peer !== undefined && !(await isActive(read, peer))) throw new ChatError("peer_inactive");
}

/** Errors: `validation` of `field` when the group would have more members than it may. */
export function requireRoom(members: number, most: number, field: string): void {
  if (members > most) throw invalid(field, `would make ${members} members, more than ${most}`);
}

/**
 * The numbers of a chat's next message: among all, and among those that people wrote (`isOfPeople`). `before`: the
 * chat's as this transaction has read them, so that they need not be asked for again.
 */
export async function nextSeq(
  tx: Tx,
  chatId: number,
  before: store.Counts,
  isOfPeople: boolean,
): Promise<store.Counts> {
  const counts = { seq: before.seq + 1, messageCount: before.messageCount + (isOfPeople ? 1 : 0) };
  await store.updateCounts(tx, chatId, counts);
  return counts;
}

/** The chats somebody is in, with how many members they have, and who is shown no presence there. */
export function chatSizes(
  read: Read,
  userId: number,
): Promise<{ chatId: number; memberCount: number; strangerId: number | null }[]> {
  return store.findChatSizes(read, userId);
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
  const chats = await store.chatsHeardBy(read, userId);
  return [
    { audience: userAudience(userId), after: 0 },
    ...chats.map((row) => ({ audience: chatAudience(row.chatId), after: row.joinedPos })),
  ];
}

export function toChatInfo(row: store.ChatRow): ChatInfo {
  return {
    id: row.id,
    chat_type: row.chatType,
    name: row.name,
    description: row.description,
    avatar_url: row.avatarUrl,
    is_active: row.isActive,
    created_at: toTime(row.createdAt),
    member_count: row.memberCount,
  };
}

/** A member as everybody in the chat is told of them: without what changes by itself. */
export function toMember(row: store.Row): Member {
  return {
    id: row.member.id,
    chat_id: row.member.chatId,
    user_id: row.member.userId,
    username: row.username,
    full_name: row.fullName,
    avatar_url: row.avatarUrl,
    is_active: row.isActive,
    is_online: null,
    last_seen: null,
    role: row.member.role,
    nickname: row.member.nickname,
    joined_at: toTime(row.member.joinedAt),
    ...toMarkers(row.member),
  };
}

/** A member as they see themselves, and nobody else. */
export function toOwnMember(row: store.Row): Member {
  return { ...toMember(row), is_muted: row.member.isMuted };
}
