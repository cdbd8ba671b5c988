import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { releaseKeys, reserveKeys } from "./orphans.ts";

/**
 * Makes blobs under `keys` and has the transaction `name` claim those that it names. Whatever happens in between, no
 * blob is left that nobody knows of: the rest is removed soon, or at the next start.
 */
export async function claimBlobs<T>(
  kit: Kit,
  keys: string[],
  make: () => Promise<void>,
  name: (tx: Tx) => Promise<T>,
): Promise<T> {
  await kit.db.transact((tx) => reserveKeys(tx, keys));
  try {
    await make();
    return await kit.db.transact(async (tx) => {
      const result = await name(tx);
      await releaseKeys(kit, tx, keys);
      return result;
    });
  } catch (error) {
    // If that cannot be written either, it is done at the next start.
    await kit.db.transact((tx) => releaseKeys(kit, tx, keys)).catch(() => {});
    throw error;
  }
}
