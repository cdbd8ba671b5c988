import { and, desc, eq, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { epochGrants } from "../tables.ts";

export type GrantRow = typeof epochGrants.$inferSelect;

const toUser = (orm: ReadOrm) =>
  orm
    .select()
    .from(epochGrants)
    .where(
      and(
        eq(epochGrants.chatId, sql.placeholder("chatId")),
        eq(epochGrants.toUserId, sql.placeholder("userId")),
      ),
    )
    .orderBy(desc(epochGrants.id))
    .limit(sql.placeholder("limit"));

const byIds = (orm: ReadOrm) =>
  orm
    .select({ id: epochGrants.id, chatId: epochGrants.chatId, byUserId: epochGrants.byUserId })
    .from(epochGrants)
    .where(among(epochGrants.id, "ids"));

/** For somebody in a chat, the newest first. */
export function grantsTo(read: Read, chatId: number, userId: number, limit: number): Promise<GrantRow[]> {
  return read.prepared(toUser).all({ chatId, userId, limit });
}

export function findGrants(
  read: Read,
  ids: Iterable<number>,
): Promise<Pick<GrantRow, "id" | "chatId" | "byUserId">[]> {
  return read.prepared(byIds).all({ ids: toList(ids) });
}

// Writing

const remove = (orm: WriteOrm) =>
  orm
    .delete(epochGrants)
    .where(
      and(
        eq(epochGrants.chatId, sql.placeholder("chatId")),
        eq(epochGrants.toUserId, sql.placeholder("toUserId")),
        eq(epochGrants.byUserId, sql.placeholder("byUserId")),
      ),
    );

const insert = (orm: WriteOrm) =>
  orm.insert(epochGrants).values({
    chatId: sql.placeholder("chatId"),
    toUserId: sql.placeholder("toUserId"),
    byUserId: sql.placeholder("byUserId"),
    jwe: sql.placeholder("jwe"),
    createdAt: sql.placeholder("createdAt"),
  });

/** In place of the one that there was between the two. Answers its id. */
export async function replaceGrant(tx: Tx, row: Omit<GrantRow, "id">): Promise<number> {
  const { chatId, toUserId, byUserId } = row;
  await tx.prepared(remove).run({ chatId, toUserId, byUserId });
  return tx.insert(insert, row);
}
