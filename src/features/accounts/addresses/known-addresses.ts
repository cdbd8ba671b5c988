/** Known addresses: from where people have signed in. There, nobody's wrong passwords keep them out. */
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { addressKey } from "../state.ts";
import { hmac } from "../tokens/hashes.ts";
import * as store from "./store.ts";

/** What is known to have been used so lately is not written down again. */
const touchMilliseconds = 3_600_000;

export interface KnownAddress {
  /** Anybody has signed in from there. */
  isKnown: boolean;
  /** This person has. */
  isOwn: boolean;
}

/** `userId`: undefined for nobody. */
export async function findKnownAddress(
  kit: Kit,
  read: Read,
  userId: number | undefined,
  address: string,
): Promise<KnownAddress> {
  const hash = hmac(addressKey(kit), address);
  // Also for nobody, so that it takes as long.
  const own = await store.findAddress(read, userId ?? 0, hash);
  return { isKnown: await store.isKnown(read, hash), isOwn: own !== undefined };
}

/** They are signed in from there; of too many addresses the one unused for longest is forgotten. */
export async function rememberAddress(kit: Kit, tx: Tx, userId: number, address: string): Promise<void> {
  const hash = hmac(addressKey(kit), address);
  const now = kit.clock.now();
  const known = await store.findAddress(tx, userId, hash);
  if (known && Math.abs(now - known.lastUsedAt) < touchMilliseconds) return;
  await store.putAddress(tx, { userId, hash, lastUsedAt: now });
  if (!known) await store.dropOldAddresses(tx, userId, kit.settings.addressesPerUser);
}
