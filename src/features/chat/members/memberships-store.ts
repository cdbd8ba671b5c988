/** What read models of other features ask of members: each is one statement for many. */
import { asc, eq, sql } from "drizzle-orm";

import { among, amongPairs, toList, toPairs } from "../../../platform/db/among.ts";
import type { Read, ReadOrm } from "../../../platform/db/database.ts";
import type { MemberRow } from "../groups/store.ts";
import { chats, members } from "../tables.ts";

const membership = {
  chatId: members.chatId,
  userId: members.userId,
  lastReadId: members.lastReadId,
  lastDeliveredId: members.lastDeliveredId,
  readCount: members.readCount,
  ownUnread: members.ownUnread,
  addedBy: members.addedBy,
  joinedAfterId: members.joinedAfterId,
  notify: members.notify,
};

/** How far somebody has come in a chat, and how they came there. */
export type Membership = Pick<MemberRow, keyof typeof membership>;

const byPairs = (orm: ReadOrm) =>
  orm
    .select(membership)
    .from(members)
    .where(amongPairs(members.chatId, members.userId, "pairs"));

const roles = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId, role: members.role })
    .from(members)
    .where(eq(members.chatId, sql.placeholder("chatId")))
    .orderBy(asc(members.userId));

const counts = (orm: ReadOrm) =>
  orm
    .select({ chatId: chats.id, memberCount: chats.memberCount })
    .from(chats)
    .where(among(chats.id, "chatIds"));

/** The memberships that there are of these people in these chats, in no order. */
export function findMemberships(
  read: Read,
  of: Iterable<Pick<MemberRow, "chatId" | "userId">>,
): Promise<Membership[]> {
  const pairs = Array.from(of, ({ chatId, userId }): [number, number] => [chatId, userId]);
  return read.prepared(byPairs).all({ pairs: toPairs(pairs) });
}

/** Everybody in a chat, in the order of their ids. */
export function rolesIn(read: Read, chatId: number): Promise<Pick<MemberRow, "userId" | "role">[]> {
  return read.prepared(roles).all({ chatId });
}

/** How many members these chats have. */
export function memberCounts(
  read: Read,
  chatIds: Iterable<number>,
): Promise<{ chatId: number; memberCount: number }[]> {
  return read.prepared(counts).all({ chatIds: toList(chatIds) });
}
