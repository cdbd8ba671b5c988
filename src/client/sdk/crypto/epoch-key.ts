/** Keys of epochs: made by whoever sends next, and encrypted for everybody in the roster. */
import { calculateJwkThumbprint, flattenedDecrypt, GeneralEncrypt } from "jose";

import { BadObject } from "../../../e2ee/bad-object.ts";
import { toBase64url } from "../../../e2ee/bytes.ts";
import { type EnvelopeHeader, readEnvelope } from "../../../e2ee/epochs.ts";
import type { EpochKey } from "./message.ts";

export async function makeEpochKey(): Promise<EpochKey> {
  const key = crypto.getRandomValues(new Uint8Array(32));
  return { kid: await kidOfEpochKey(key), key };
}

/** The thumbprint of a symmetric key (RFC 7638, 3.2). */
export function kidOfEpochKey(key: Uint8Array): Promise<string> {
  return calculateJwkThumbprint({ kty: "oct", k: toBase64url(key) });
}

/** For each of the recipients (general JWE with RSA-OAEP-256 and A256GCM). */
export async function encloseEpochKey(
  { key }: EpochKey,
  place: Pick<EnvelopeHeader, "chat" | "n" | "ann">,
  recipients: readonly { kid: string; publicKey: CryptoKey }[],
): Promise<string> {
  const encrypt = new GeneralEncrypt(key).setProtectedHeader({
    enc: "A256GCM",
    typ: "chat-epoch+jwe",
    ...place,
  });
  for (const { kid, publicKey } of recipients) {
    encrypt.addRecipient(publicKey).setUnprotectedHeader({ alg: "RSA-OAEP-256", kid });
  }
  const { ciphertext, iv, tag, protected: head, recipients: made } = await encrypt.encrypt();
  return JSON.stringify({ protected: head, recipients: made, iv, ciphertext, tag });
}

/**
 * The epoch's key, from the recipient that my key is for. `kid`: what the announcement says. Errors: BadObject where I am not in it, it does
 * not open, or is another key than was announced: then its maker has lied to some.
 */
export async function openEpochKey(
  envelope: string,
  place: Pick<EnvelopeHeader, "chat" | "n" | "ann"> & { kid: string },
  own: { kid: string; privateKey: CryptoKey },
): Promise<EpochKey> {
  const { envelope: whole, recipients } = readEnvelope(envelope, place);
  const mine = recipients.get(own.kid);
  if (!mine) throw new BadObject("it is not encrypted for this key");
  const { protected: head, iv, ciphertext, tag } = whole;
  const flattened = { protected: head, iv, ciphertext, tag, ...mine };
  const key = await decrypt(flattened, own.privateKey);
  if (key.length !== 32 || (await kidOfEpochKey(key)) !== place.kid) {
    throw new BadObject("it is another key than was announced");
  }
  return { kid: place.kid, key };
}

async function decrypt(
  flattened: Parameters<typeof flattenedDecrypt>[0],
  key: CryptoKey,
): Promise<Uint8Array> {
  try {
    const { plaintext } = await flattenedDecrypt(flattened, key, {
      keyManagementAlgorithms: ["RSA-OAEP-256"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return plaintext;
  } catch {
    throw new BadObject("it does not open");
  }
}
