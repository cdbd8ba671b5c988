import type { Database, Tx } from "../../platform/db/database.ts";
import * as strays from "./strays-store.ts";

/**
 * Makes blobs under `keys` and has the transaction `name` claim those that it names. Whatever happens in between, no
 * blob is left that nobody knows: the rest is removed soon, or at the next start.
 */
export async function keepBlobs<T>(
  { db, wake }: { db: Database; wake(): void },
  keys: string[],
  make: () => Promise<void>,
  name: (tx: Tx) => Promise<T>,
): Promise<T> {
  await db.transact((tx) => strays.insert(tx, keys, false));
  try {
    await make();
    return await db.transact(async (tx) => {
      const result = await name(tx);
      await strays.release(tx, keys);
      return result;
    });
  } catch (error) {
    // If that cannot be written either, it is done at the next start.
    await db.transact((tx) => strays.release(tx, keys)).catch(() => {});
    throw error;
  } finally {
    wake();
  }
}
