/** One's keychain, open on the server for as long as a call takes. */
import { ChatError, invalid } from "../../../core/errors.ts";
import type { Actor } from "../../../core/actor.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import { type Keychain, openKeychain, openUnlock, type Secret } from "../../../e2ee/keychain.ts";
import { readRecoveryKey } from "../../../e2ee/recovery-key.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireKeys } from "../directory/confirm.ts";
import type { EntryRow } from "../directory/store.ts";
import { isUnderPassphrase } from "../keychain/check.ts";
import { requireKeychain } from "../keychain/get.ts";
import type { KeychainRow } from "../keychain/store.ts";
import { serverId } from "../server-id/server-id.ts";
import { cryptoSlots } from "../server-keys/slots.ts";
import { countUnlock } from "./limits.ts";

/** Longer than it takes to open a keychain by a passphrase at the usual cost, and what is in it. */
export const failureMilliseconds = 1000;

export interface OwnKeys {
  last: EntryRow;
  keychain: KeychainRow;
}

/** One's keys, where the server has made them: with those of a device it has nothing to do. Errors: `e2ee_client_only`, `no_keys`. */
export async function requireServerKeys({ settings }: Kit, read: Read, actor: Actor): Promise<OwnKeys> {
  if (settings.e2eeServerCrypto === "off") throw new ChatError("e2ee_client_only");
  const last = await requireKeys(read, actor);
  if (last.custody === "client") throw new ChatError("e2ee_client_only");
  return { last, keychain: await requireKeychain(read, last.userId) };
}

/** Errors: BadObject where the secret is another one; `validation` without one; `rate_limited`, `overloaded`. */
export async function openOwn(
  kit: Kit,
  { userId: user, ver, unlock, keychain }: KeychainRow,
  given: { passphrase?: string | undefined; recovery_key?: string | undefined },
): Promise<Keychain> {
  countUnlock(kit, user);
  const secret = secretOf(kit, given);
  const way = unlock.find((one) => isUnderPassphrase(one) === "passphrase" in secret);
  if (way === undefined) throw new BadObject("nothing is under such a secret");
  const owner = { iss: await serverId(kit), user };
  const release = await cryptoSlots(kit).take(user);
  try {
    return await openKeychain(keychain, owner, ver, await openUnlock(way, owner, secret));
  } finally {
    release();
  }
}

function secretOf(
  { slowCrypto }: Kit,
  { passphrase, recovery_key: typed }: { passphrase?: string | undefined; recovery_key?: string | undefined },
): Secret {
  if (typed !== undefined) return { recoveryKey: readRecoveryKey(typed) };
  if (passphrase === undefined) throw invalid("passphrase", "or recovery_key is required");
  return { passphrase, argon2id: slowCrypto.argon2id };
}

/** Whatever is wrong is answered alike, and no sooner: neither tells how far it came. Errors: `decrypt_failed` in place of BadObject. */
export async function failingAlike<T>({ clock }: Kit, work: () => Promise<T>): Promise<T> {
  const until = clock.monotonic() + failureMilliseconds;
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BadObject)) throw error;
    await new Promise<void>((resolve) => clock.after(Math.max(0, until - clock.monotonic()), resolve));
    throw new ChatError("decrypt_failed");
  }
}
