import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { confirmPassword, requireActor } from "../../accounts/index.ts";
import { checkKeychain } from "../keychain/check.ts";
import { replaceKeychain } from "../keychain/store.ts";
import { acceptNext, readNext } from "./next-entry.ts";
import type { GeneratedKeys, GenerateKeys } from "./schema.ts";
import { findLast } from "./store.ts";

/**
 * Publishes the first keys of somebody, with their keychain; with `replace` other ones that nothing of before vouches for. Errors:
 * `keys_exist`, also where another device was quicker, `wrong_password`, `validation`, and those of `readNext`, `checkKeychain` and
 * `acceptNext`.
 */
export async function generateKeys(
  kit: Kit,
  actor: Actor,
  input: GenerateKeys,
  origin: Origin,
): Promise<GeneratedKeys> {
  const before = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    return findLast(read, actor.userId);
  });
  if (before) await requireReplacing(kit, actor, input, origin);
  const next = await readNext(kit, actor, input.entry, before);
  if (before && next.reason !== "reset")
    throw new ChatError("bad_object", "entry: with `replace` it has to be a reset.");
  const keychain = await checkKeychain(kit, input);
  return kit.db.transact(async (tx) => {
    await requireActor(tx, actor);
    if ((await findLast(tx, actor.userId))?.seq !== before?.seq) throw new ChatError("keys_exist");
    const row = await acceptNext(kit, tx, next, before);
    await replaceKeychain(tx, actor.userId, keychain);
    return { kid: row.encKid, public_key: row.enc, custody: row.custody, confirmed: true };
  });
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
