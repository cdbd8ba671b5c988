/** Changes of who is in an encrypted chat: read before their transaction, because signatures are not checked inside of one. */
import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { chatEncryption, type MemberChange, type MemberStep } from "../encryption.ts";
import type { ChatRow } from "../groups/store.ts";
import { standingIn } from "./membership.ts";

/**
 * Undefined in a plain chat, and for whoever is not in it, whom the verb refuses. Errors: `not_encrypted` where a change of a plain chat
 * is signed: whoever signed it takes it for another; those of `readChange`.
 */
export async function readSignedChange(
  kit: Kit,
  actor: Actor,
  chatId: number,
  change: MemberChange,
  signed: string | null | undefined,
): Promise<MemberStep | undefined> {
  const standing = await kit.db.read((read) => standingIn(read, chatId, actor.userId));
  if (!standing) return undefined;
  const [encryption] = chatEncryption.values;
  if (standing.encryptionEpoch !== null && encryption)
    return encryption.readChange(kit, actor, chatId, change, signed ?? undefined);
  if (signed) throw new ChatError("not_encrypted");
  return undefined;
}

/** Errors: `membership_conflict`, also where encryption was turned on meanwhile; those of `take`. */
export async function takeSignedChange(
  tx: Tx,
  { encryptionEpoch }: Pick<ChatRow, "encryptionEpoch">,
  step: MemberStep | undefined,
): Promise<void> {
  if (encryptionEpoch !== null && !step) throw new ChatError("membership_conflict");
  await step?.take(tx);
}
