import { eq, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { updateOf } from "../../../platform/db/update.ts";
import { keychains } from "../tables.ts";
import type { KeychainParts } from "./check.ts";

export type KeychainRow = typeof keychains.$inferSelect;
type Parts = Pick<KeychainRow, "unlock" | "keychain">;

const ofUser = eq(keychains.userId, sql.placeholder("userId"));

const byUser = (orm: ReadOrm) => orm.select().from(keychains).where(ofUser);

const update = updateOf(keychains, ofUser);

const upsert = (orm: WriteOrm) =>
  orm
    .insert(keychains)
    .values({
      userId: sql.placeholder("userId"),
      ver: 1,
      unlock: sql.placeholder("unlock"),
      keychain: sql.placeholder("keychain"),
    })
    .onConflictDoUpdate({
      target: keychains.userId,
      set: {
        ver: sql`${keychains.ver} + 1`,
        unlock: sql`excluded.unlock`,
        keychain: sql`excluded.keychain`,
      },
    });

export function findKeychain(read: Read, userId: number): Promise<KeychainRow | undefined> {
  return read.prepared(byUser).get({ userId });
}

/** What was sent of it takes the place of what was there. Answers its `ver`: one more, or the same where nothing was sent. */
export async function changeKeychain(
  tx: Tx,
  row: KeychainRow,
  { unlock, keychain }: KeychainParts,
): Promise<number> {
  if (!unlock && !keychain) return row.ver;
  const ver = row.ver + 1;
  await update(tx, { userId: row.userId }, { ver, ...(unlock && { unlock }), ...(keychain && { keychain }) });
  return ver;
}

/** The first one, or all of it anew. */
export async function replaceKeychain(tx: Tx, userId: number, { unlock, keychain }: Parts): Promise<void> {
  await tx.prepared(upsert).run({ userId, unlock, keychain });
}
