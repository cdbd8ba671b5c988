import type { Actor } from "../../../core/actor.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import { type Box, openBox } from "../../../e2ee/box.ts";
import { importPrivateKey } from "../../../e2ee/keys.ts";
import { type Signed, verify } from "../../../e2ee/signed.ts";
import type { Kit } from "../../../kit.ts";
import { noteConfirmed } from "../directory/confirm.ts";
import { findIdentity } from "../directory/store.ts";
import { serverId } from "../server-id/server-id.ts";
import type { Decrypt, Decrypted } from "./schema.ts";
import { failingAlike, openOwn, requireServerKeys } from "./unlock.ts";

/** Opens a message for oneself, which proves that one can use one's keys. Errors: `e2ee_client_only`, `no_keys`, `decrypt_failed`; those of `openOwn`. */
export async function decryptMessage(kit: Kit, actor: Actor, input: Decrypt): Promise<Decrypted> {
  const { last, keychain } = await kit.db.read((read) => requireServerKeys(kit, read, actor));
  const opened = await failingAlike(kit, async () => {
    const { ek } = await openOwn(kit, keychain, input);
    const own = await Promise.all(ek.map((one) => importPrivateKey(one, "RSA-OAEP-256")));
    const { box, signed } = await openBox(input.encrypted_content, await serverId(kit), own);
    if (![box.from, ...box.to].includes(actor.userId)) throw new BadObject("it is for others");
    return { message: box.text, signed_by: signed ? await requireSigner(kit, signed) : null };
  });
  await noteConfirmed(kit, actor, last);
  return opened;
}

/** Errors: BadObject where it is signed by somebody else than it says, or wrongly. */
async function requireSigner(kit: Kit, signed: Signed<Box>): Promise<number> {
  const [{ kid } = { kid: "" }, ...more] = signed.signatures;
  const { from } = signed.payload;
  const sig = await kit.db.read((read) => findIdentity(read, from, kid));
  if (!sig || more.length > 0) throw new BadObject("somebody else has signed it");
  await verify(signed, sig, kid);
  return from;
}
