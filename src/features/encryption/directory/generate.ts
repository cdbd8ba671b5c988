import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { confirmPassword, requireActor } from "../../accounts/index.ts";
import { checkKeychain } from "../keychain/check.ts";
import { findKeychain, replaceKeychain } from "../keychain/store.ts";
import { makeServerKeys, type ServerKeys } from "../server-keys/make.ts";
import { acceptNext, type KeysBefore, type NewKeys, readNext } from "./next-entry.ts";
import type { GeneratedKeys, GenerateKeys } from "./schema.ts";
import { findLast } from "./store.ts";

const neededOfDevice = "is required with mode client";

/**
 * Publishes the first keys of somebody, with their keychain; with `replace`, or as long as nobody has confirmed those of before, other ones
 * that nothing of before vouches for. Errors: `keys_exist`, also where another device was quicker, `wrong_password`, `validation`, and
 * those of `readNext`, `checkKeychain`, `makeServerKeys` and `acceptNext`.
 */
export async function generateKeys(
  kit: Kit,
  actor: Actor,
  input: GenerateKeys,
  origin: Origin,
): Promise<GeneratedKeys> {
  const before = await kit.db.read((read) => findKeys(read, actor));
  if (before.entry?.isConfirmed) await requireReplacing(kit, actor, input, origin);
  const keys =
    input.mode === "server"
      ? await makeServerKeys(kit, actor, before, { passphrase: input.passphrase })
      : await readClientKeys(kit, actor, before, input);
  return acceptKeys(kit, actor, before, keys);
}

/** Somebody's keys and keychain as they are, for `acceptKeys` to find them unchanged. */
export async function findKeys(read: Read, actor: Actor): Promise<KeysBefore> {
  const me = await requireActor(read, actor);
  return { entry: await findLast(read, me.id), ver: (await findKeychain(read, me.id))?.ver ?? 0 };
}

/** Errors: `keys_exist` where keys or keychain are no longer as they were; those of `acceptNext`. */
export function acceptKeys(
  kit: Kit,
  actor: Actor,
  before: KeysBefore,
  { next, parts, recoveryKey }: NewKeys & Partial<ServerKeys>,
): Promise<GeneratedKeys> {
  return kit.db.transact(async (tx) => {
    const now = await findKeys(tx, actor);
    if (now.entry?.seq !== before.entry?.seq || now.ver !== before.ver) throw new ChatError("keys_exist");
    const { encKid, enc, custody, isConfirmed } = await acceptNext(kit, tx, next, before.entry);
    await replaceKeychain(tx, actor.userId, parts);
    const shown = { kid: encKid, public_key: enc, custody, confirmed: isConfirmed };
    return recoveryKey === undefined ? shown : { ...shown, recovery_key: recoveryKey };
  });
}

async function readClientKeys(
  kit: Kit,
  actor: Actor,
  before: KeysBefore,
  { entry, unlock, keychain }: GenerateKeys,
): Promise<NewKeys> {
  if (entry === undefined) throw invalid("entry", neededOfDevice);
  if (unlock === undefined) throw invalid("unlock", neededOfDevice);
  if (keychain === undefined) throw invalid("keychain", neededOfDevice);
  const next = await readNext(kit, actor, entry, before.entry);
  if (before.entry && next.reason !== "reset")
    throw new ChatError("bad_object", "entry: in place of other keys it has to be a reset.");
  return { next, parts: await checkKeychain(kit, { unlock, keychain }) };
}

async function requireReplacing(
  kit: Kit,
  actor: Actor,
  { replace, current_password: given }: GenerateKeys,
  origin: Origin,
): Promise<void> {
  if (!replace) throw new ChatError("keys_exist");
  if (given === undefined) throw invalid("current_password", "is required with replace");
  await confirmPassword(kit, actor, given, origin);
}
