import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { hasProvedPassword, requireActor } from "../../accounts/index.ts";
import { isUnderPassphrase } from "./check.ts";
import type { Keychain } from "./schema.ts";
import { findKeychain, type KeychainRow } from "./store.ts";

/** Enough to type a passphrase after signing in, too short for whoever finds a device unlocked. */
const provedMilliseconds = 10 * 60_000;

/** One's keychain; what is under a passphrase only soon after the account's password. Errors: `no_keys`. */
export function getKeychain(kit: Kit, actor: Actor): Promise<Keychain> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const { ver, unlock, keychain } = await requireKeychain(read, me.id);
    const hasProved = await hasProvedPassword(kit, read, actor, provedMilliseconds);
    const given = hasProved ? unlock : unlock.filter((one) => !isUnderPassphrase(one));
    return { ver, unlock: given, keychain, withheld: given.length < unlock.length };
  });
}

/** Errors: `no_keys`. */
export async function requireKeychain(read: Read, userId: number): Promise<KeychainRow> {
  const row = await findKeychain(read, userId);
  if (!row) throw new ChatError("no_keys", "You have no keys yet.");
  return row;
}
