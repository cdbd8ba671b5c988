/** From where people have signed in: there, nobody's wrong passwords keep them out. */
import type { Read, Tx } from "../../platform/db/database.ts";
import * as store from "./addresses-store.ts";
import type { AccountsDeps } from "./deps.ts";

/** What is known to have been used so lately is not written down again. */
const touchMilliseconds = 3_600_000;

export function createAddresses({ clock, tokens, addressesPerUser }: AccountsDeps) {
  /** Whether anybody has signed in from there, and whether this person has. */
  async function look(
    read: Read,
    userId: number,
    address: string,
  ): Promise<{ isKnown: boolean; isOwn: boolean }> {
    const hash = tokens.addressHash(address);
    const own = await store.findAddress(read, userId, hash);
    return { isKnown: await store.isKnown(read, hash), isOwn: own !== undefined };
  }

  /** They are signed in from there; of too many addresses the one unused for longest is forgotten. */
  async function remember(tx: Tx, userId: number, address: string): Promise<void> {
    const [hash, now] = [tokens.addressHash(address), clock.now()];
    const known = await store.findAddress(tx, userId, hash);
    if (known && Math.abs(now - known.lastUsedAt) < touchMilliseconds) return;
    await store.putAddress(tx, { userId, hash, lastUsedAt: now });
    if (!known) await store.dropAddresses(tx, userId, addressesPerUser);
  }

  return { look, remember };
}
