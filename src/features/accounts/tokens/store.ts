import { and, desc, eq, lt, notInArray, or, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { fileTokens, refreshTokens } from "../tables.ts";

export type RefreshRow = typeof refreshTokens.$inferSelect;

// Refresh tokens

const refreshByHash = (orm: ReadOrm) =>
  orm
    .select()
    .from(refreshTokens)
    .where(eq(refreshTokens.hash, sql.placeholder("hash")));

const addRefresh = (orm: WriteOrm) =>
  orm.insert(refreshTokens).values({
    hash: sql.placeholder("hash"),
    sessionId: sql.placeholder("sessionId"),
    createdAt: sql.placeholder("createdAt"),
    namesSession: true,
  });

const replace = (orm: WriteOrm) =>
  orm
    .update(refreshTokens)
    .set({ replacedAt: sql`${sql.placeholder("at")}` })
    .where(eq(refreshTokens.hash, sql.placeholder("hash")));

const dropUsed = (orm: WriteOrm) =>
  orm
    .delete(refreshTokens)
    .where(
      and(
        eq(refreshTokens.sessionId, sql.placeholder("sessionId")),
        or(
          and(
            eq(refreshTokens.namesSession, true),
            lt(refreshTokens.replacedAt, sql.placeholder("replaced")),
          ),
          lt(refreshTokens.createdAt, sql.placeholder("expired")),
        ),
      ),
    );

export function findRefresh(read: Read, hash: string): Promise<RefreshRow | undefined> {
  return read.prepared(refreshByHash).get({ hash });
}

export async function insertRefresh(
  tx: Tx,
  row: Pick<RefreshRow, "hash" | "sessionId" | "createdAt">,
): Promise<void> {
  await tx.prepared(addRefresh).run(row);
}

export async function replaceRefresh(tx: Tx, hash: string, at: number): Promise<void> {
  await tx.prepared(replace).run({ hash, at });
}

/**
 * Forgets the tokens of a session that were replaced before `replaced`. Without its row nobody knows whose token of an
 * earlier release is used again, so these are kept until they have expired, being made before `expired`.
 */
export async function dropUsedRefresh(
  tx: Tx,
  sessionId: number,
  times: { replaced: number; expired: number },
): Promise<void> {
  await tx.prepared(dropUsed).run({ sessionId, ...times });
}

// File tokens

const sessionOfFileToken = (orm: ReadOrm) =>
  orm
    .select({ sessionId: fileTokens.sessionId })
    .from(fileTokens)
    .where(eq(fileTokens.hash, sql.placeholder("hash")));

const addFileToken = (orm: WriteOrm) =>
  orm.insert(fileTokens).values({
    hash: sql.placeholder("hash"),
    sessionId: sql.placeholder("sessionId"),
    createdAt: sql.placeholder("createdAt"),
  });

const dropOldest = (orm: WriteOrm) => {
  const kept = orm
    .select({ hash: fileTokens.hash })
    .from(fileTokens)
    .where(eq(fileTokens.sessionId, sql.placeholder("sessionId")))
    .orderBy(desc(fileTokens.createdAt))
    .limit(sql.placeholder("most"));
  return orm
    .delete(fileTokens)
    .where(and(eq(fileTokens.sessionId, sql.placeholder("sessionId")), notInArray(fileTokens.hash, kept)));
};

/** The session that a file token stands for. */
export async function findSessionId(read: Read, hash: string): Promise<number | undefined> {
  return (await read.prepared(sessionOfFileToken).get({ hash }))?.sessionId;
}

export async function insertFileToken(tx: Tx, row: typeof fileTokens.$inferSelect): Promise<void> {
  await tx.prepared(addFileToken).run(row);
}

/** Of a session all but the `most` that were made last. */
export async function dropOldFileTokens(tx: Tx, sessionId: number, most: number): Promise<void> {
  await tx.prepared(dropOldest).run({ sessionId, most });
}

// Both

const dropRefreshOf = (orm: WriteOrm) =>
  orm.delete(refreshTokens).where(among(refreshTokens.sessionId, "ids"));
const dropFileTokensOf = (orm: WriteOrm) => orm.delete(fileTokens).where(among(fileTokens.sessionId, "ids"));

const dropAllRefresh = (orm: WriteOrm) => orm.delete(refreshTokens);
const dropAllFileTokens = (orm: WriteOrm) => orm.delete(fileTokens);

export async function deleteTokensOf(tx: Tx, sessionIds: readonly number[]): Promise<void> {
  const ids = toList(sessionIds);
  await tx.prepared(dropRefreshOf).run({ ids });
  await tx.prepared(dropFileTokensOf).run({ ids });
}

export async function deleteAllTokens(tx: Tx): Promise<void> {
  await tx.prepared(dropAllRefresh).run();
  await tx.prepared(dropAllFileTokens).run();
}
