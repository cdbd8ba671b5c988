/** Members as people see them. */
import { ChatError } from "../../../core/errors.ts";
import { toTime } from "../../../core/wire.ts";
import type { Viewer } from "../../../events/event.ts";
import type { Read } from "../../../platform/db/database.ts";
import { presenceOf, type Profile, profilesById } from "../../accounts/index.ts";
import type { ChatRow, MemberRow } from "../groups/store.ts";
import { toMarkers } from "../receipts/markers.ts";
import { acquainted } from "./membership.ts";
import type { Member } from "./schema.ts";
import { findMembers } from "./store.ts";

/** A membership with who it is. */
interface Known {
  member: MemberRow;
  profile: Profile;
}

async function withProfiles(read: Read, rows: MemberRow[]): Promise<Known[]> {
  const profiles = await profilesById(
    read,
    rows.map((row) => row.userId),
  );
  return rows.flatMap((member) => {
    const profile = profiles.get(member.userId);
    return profile ? [{ member, profile }] : [];
  });
}

/** A member as everybody in the chat is told of them: without what changes by itself. */
function toMember({ member, profile }: Known): Member {
  return {
    id: member.id,
    chat_id: member.chatId,
    user_id: member.userId,
    username: profile.username,
    full_name: profile.fullName,
    avatar_url: profile.avatarUrl,
    is_active: profile.isActive,
    is_online: null,
    last_seen: null,
    role: member.role,
    nickname: member.nickname,
    joined_at: toTime(member.joinedAt),
    ...toMarkers(member),
  };
}

/** A member as they see themselves, and nobody else. */
function toOwnMember(known: Known): Member {
  return { ...toMember(known), is_muted: known.member.notify !== "all", notify: known.member.notify };
}

/** Those of `userIds` who are in the chat, as everybody in it is told of them. */
export async function membersOf(read: Read, chatId: number, userIds: Iterable<number>): Promise<Member[]> {
  const rows = await withProfiles(read, await findMembers(read, chatId, userIds));
  return rows.map(toMember);
}

/** One's own membership, as nobody else sees it; undefined for who is not in the chat. */
export async function ownMember(read: Read, chatId: number, userId: number): Promise<Member | undefined> {
  const [known] = await withProfiles(read, await findMembers(read, chatId, [userId]));
  return known && toOwnMember(known);
}

/** Somebody else's membership. Errors: `not_found` when they are not in the chat. */
export async function requireOther(read: Read, chatId: number, userId: number): Promise<Member> {
  const [member] = await membersOf(read, chatId, [userId]);
  if (!member) throw new ChatError("not_found");
  return member;
}

/** One's own. Errors: `not_found`. */
export async function requireOwn(read: Read, chatId: number, userId: number): Promise<Member> {
  const member = await ownMember(read, chatId, userId);
  if (!member) throw new ChatError("not_found");
  return member;
}

/** Members of a chat, as one of them sees them. Who shares a group sees who is online; in a direct chat `acquainted` says. */
export async function viewMembers(
  read: Read,
  viewer: Viewer,
  { chatType }: Pick<ChatRow, "chatType">,
  rows: MemberRow[],
): Promise<Member[]> {
  const ids = rows.map((row) => row.userId);
  const seen = chatType === "group" ? new Set(ids) : await acquainted(read, viewer.id, ids);
  seen.add(viewer.id);
  return (await withProfiles(read, rows)).map((known) => {
    const { userId } = known.member;
    const shown = userId === viewer.id ? toOwnMember(known) : toMember(known);
    return seen.has(userId) ? { ...shown, ...presenceOf(known.profile, viewer.isOnline(userId)) } : shown;
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
