/** What the words of notifications are made of. */
import { and, desc, eq, gt, isNull, ne, or, sql } from "drizzle-orm";

import type { Read, ReadOrm } from "../../platform/db/database.ts";
import { users } from "../accounts/tables.ts";
import { chats, members } from "../chats/tables.ts";
import { messages } from "../messages/tables.ts";

const memberOf = (orm: ReadOrm) =>
  orm
    .select({
      lastReadId: members.lastReadId,
      lastDeliveredId: members.lastDeliveredId,
      readCount: members.readCount,
      ownUnread: members.ownUnread,
      addedBy: members.addedBy,
      joinedAfterId: members.joinedAfterId,
    })
    .from(members)
    .where(and(eq(members.chatId, sql.placeholder("chatId")), eq(members.userId, sql.placeholder("userId"))));

const chatOf = (orm: ReadOrm) =>
  orm
    .select({
      chatType: chats.chatType,
      name: chats.name,
      messageCount: chats.messageCount,
      lastDeletedId: chats.lastDeletedId,
    })
    .from(chats)
    .where(eq(chats.id, sql.placeholder("chatId")));

const peerOf = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId })
    .from(members)
    .where(and(eq(members.chatId, sql.placeholder("chatId")), ne(members.userId, sql.placeholder("userId"))))
    .limit(1);

const namesOf = (orm: ReadOrm) =>
  orm
    .select({ username: users.username, fullName: users.fullName })
    .from(users)
    .where(eq(users.id, sql.placeholder("userId")));

const shown = {
  id: messages.id,
  senderId: messages.senderId,
  content: messages.content,
  contentType: messages.contentType,
  mediaCount: messages.mediaCount,
  deletedBy: messages.deletedBy,
};

const latestIn = (orm: ReadOrm) =>
  orm
    .select(shown)
    .from(messages)
    .where(
      and(
        eq(messages.chatId, sql.placeholder("chatId")),
        gt(messages.seq, sql.placeholder("seq")),
        ne(messages.senderId, sql.placeholder("userId")),
        ne(messages.contentType, "system"),
        isNull(messages.deletedBy),
        or(ne(messages.content, ""), gt(messages.mediaCount, 0)),
      ),
    )
    .orderBy(desc(messages.seq))
    .limit(1);

const seqOf = (orm: ReadOrm) =>
  orm
    .select({ seq: messages.seq })
    .from(messages)
    .where(eq(messages.id, sql.placeholder("id")));

const messageOf = (orm: ReadOrm) =>
  orm
    .select(shown)
    .from(messages)
    .where(eq(messages.id, sql.placeholder("id")));

export function findMember(read: Read, chatId: number, userId: number) {
  return read.prepared(memberOf).get({ chatId, userId });
}

export async function findChat(read: Read, chatId: number) {
  return (await read.prepared(chatOf).get({ chatId }))!;
}

/** The other person of a direct chat. */
export async function findPeer(read: Read, chatId: number, userId: number): Promise<number> {
  return (await read.prepared(peerOf).get({ chatId, userId }))!.userId;
}

export async function findNames(read: Read, userId: number) {
  return (await read.prepared(namesOf).get({ userId }))!;
}

/**
 * The newest message behind `after`, a message's id, that is still there, has something to show and was written by
 * somebody else than `userId`. No more is looked at than what they have not read.
 */
export async function findLatest(
  read: Read,
  chatId: number,
  { userId, after }: { userId: number; after: number },
) {
  const seq = after === 0 ? 0 : (await read.prepared(seqOf).get({ id: after }))!.seq;
  return read.prepared(latestIn).get({ chatId, seq, userId });
}

export async function findMessage(read: Read, id: number) {
  return (await read.prepared(messageOf).get({ id }))!;
}
