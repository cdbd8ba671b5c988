import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { confirmPassword } from "../../accounts/index.ts";
import { checkKeychain } from "../keychain/check.ts";
import { requireKeychain } from "../keychain/get.ts";
import { changeKeychain } from "../keychain/store.ts";
import { requireKeys } from "./confirm.ts";
import { acceptNext, readNext } from "./next-entry.ts";
import type { PublicKey, PublishKey } from "./schema.ts";
import type { EntryRow } from "./store.ts";
import { toPublicKey } from "./view.ts";

/**
 * Publishes the entry after that with this `seq`, perhaps with a keychain that has its keys. Errors: `wrong_password`, `no_keys`,
 * `precondition_failed`, and those of `readNext`, `checkKeychain` and `acceptNext`.
 */
export async function publishKey(
  kit: Kit,
  actor: Actor,
  seq: number,
  input: PublishKey,
  origin: Origin,
): Promise<PublicKey> {
  await confirmPassword(kit, actor, input.current_password, origin);
  const before = await kit.db.read((read) => requireLast(read, actor, seq));
  const next = await readNext(kit, actor, input.entry, before);
  const keychain = await checkKeychain(kit, input);
  return kit.db.transact(async (tx) => {
    await requireLast(tx, actor, seq);
    const row = await acceptNext(kit, tx, next, before);
    await changeKeychain(tx, await requireKeychain(tx, actor.userId), keychain);
    return toPublicKey(row, undefined);
  });
}

/** One's last entry, as long as it is the one that the caller knows. */
async function requireLast(read: Read, actor: Actor, seq: number): Promise<EntryRow> {
  const last = await requireKeys(read, actor);
  if (last.seq !== seq) throw new ChatError("precondition_failed");
  return last;
}
