import { BadObject } from "../../../e2ee/bad-object.ts";
import { isOne } from "../../../e2ee/json.ts";
import { readSealed } from "../../../e2ee/sealed.ts";
import type { Kit } from "../../../kit.ts";
import { readObject } from "../read-object.ts";
import { mostUnlockBytes } from "./schema.ts";

type Derivation = "hkdf-sha256" | "argon2id";
const isDerivation = isOne<Derivation>("hkdf-sha256", "argon2id");

/** The parts of a keychain that were sent. */
export interface KeychainParts {
  unlock?: string[] | undefined;
  keychain?: string | undefined;
}

/** That they have the form of what they should be: more the server cannot know. Errors: `bad_object`, `bad_algorithm`. */
export async function checkKeychain<P extends KeychainParts>(
  { settings }: Pick<Kit, "settings">,
  parts: P,
): Promise<P> {
  const { keychain, unlock = [] } = parts;
  if (keychain !== undefined)
    await readObject("keychain", () => readSealed(keychain, "chat-keychain+jwe", settings.maxKeychainBytes));
  for (const [i, one] of unlock.entries()) await readObject(`unlock.${i}`, () => readUnlock(one));
  return parts;
}

/** Whether it is under a passphrase: who has such a text can try passphrases without end. */
export function isUnderPassphrase(unlock: string): boolean {
  return readUnlock(unlock) === "argon2id";
}

/** How its key is derived: from the recovery key or a passphrase. Errors: BadObject. */
function readUnlock(text: string): Derivation {
  const { kdf } = readSealed(text, "chat-unlock+jwe", mostUnlockBytes);
  if (!isDerivation(kdf)) throw new BadObject("its kdf is not one of these: hkdf-sha256, argon2id");
  return kdf;
}
