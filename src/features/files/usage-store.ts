/** How much is kept: of each person, and in all. */
import { eq, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { usage } from "./tables.ts";

/** Files and their bytes. */
export interface Amount {
  files: number;
  bytes: number;
}

/** The pseudo-user under whom everything is counted. */
export const everybody = 0;

const byUser = (orm: ReadOrm) =>
  orm
    .select({ files: usage.files, bytes: usage.bytes })
    .from(usage)
    .where(eq(usage.userId, sql.placeholder("userId")));

const add = (orm: WriteOrm) =>
  orm
    .insert(usage)
    .values({
      userId: sql.placeholder("userId"),
      files: sql.placeholder("files"),
      bytes: sql.placeholder("bytes"),
    })
    .onConflictDoUpdate({
      target: usage.userId,
      set: { files: sql`${usage.files} + excluded.files`, bytes: sql`${usage.bytes} + excluded.bytes` },
    });

export async function findUsage(read: Read, userId: number): Promise<Amount> {
  return (await read.prepared(byUser).get({ userId })) ?? { files: 0, bytes: 0 };
}

/** All that is kept. */
export function countFiles(read: Read): Promise<Amount> {
  return findUsage(read, everybody);
}

/** `more` may be less than nothing. */
export async function addUsage(tx: Tx, userId: number, { files, bytes }: Amount): Promise<void> {
  await tx.prepared(add).run({ userId, files, bytes });
}
