/**
 * Orphans: blobs that no row names. A key is one from before its blob is there until a row names it, and again when the
 * last row that does is deleted.
 */
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { orphanRemoval } from "./removal.ts";
import { deleteOrphans, insertOrphans, markDue } from "./store.ts";

/** They are about to be made: nobody removes them before the next start. */
export async function reserveKeys(tx: Tx, keys: string[]): Promise<void> {
  await insertOrphans(tx, keys, false);
}

/** A row names them in this transaction. */
export async function claimKeys(tx: Tx, keys: string[]): Promise<void> {
  await deleteOrphans(tx, keys);
}

/** Whatever has been made of them and was not claimed is removed once this is on disk. */
export async function releaseKeys(kit: Kit, tx: Tx, keys: string[]): Promise<void> {
  await markDue(tx, keys, true);
  tx.onDurable(() => orphanRemoval(kit).wake());
}

/** The row that named them is gone: they are removed once this is on disk. */
export async function orphanKeys(kit: Kit, tx: Tx, keys: string[]): Promise<void> {
  await insertOrphans(tx, keys, true);
  tx.onDurable(() => orphanRemoval(kit).wake());
}
