/** Each kind of object is taken in its own place and nowhere else, and of algorithms only the ones that are allowed. */
import { expect, test } from "bun:test";
import { CompactEncrypt, GeneralEncrypt, importJWK } from "jose";

import { openEpochKey } from "../../src/client/sdk/crypto/epoch-key.ts";
import { openMessage, readMessageHeader } from "../../src/client/sdk/crypto/message.ts";
import { fromBase64url } from "../../src/e2ee/bytes.ts";
import { readEntry } from "../../src/e2ee/directory.ts";
import { readAnnouncement, readEnvelope } from "../../src/e2ee/epochs.ts";
import { openKeychain, openUnlock } from "../../src/e2ee/keychain.ts";
import { readStep } from "../../src/e2ee/membership.ts";
import { readRecoveryKey } from "../../src/e2ee/recovery-key.ts";
import { verify } from "../../src/e2ee/signed.ts";
import json from "../fixtures/e2ee/vectors.json";
import { makePair } from "../support/e2ee/people.ts";
import type { Vectors } from "../support/e2ee/vectors.ts";

const vectors = json as unknown as Vectors;
const { iss, user, chat, keys, kids, epoch, message } = vectors;
const owner = { iss, user };
const epochKey = fromBase64url(epoch.key);
const ek = (await importJWK(keys.ek, "RSA-OAEP-256")) as CryptoKey;
const recoveryKey = readRecoveryKey(vectors.recovery.text);
const place = { chat, n: 1, ann: epoch.hash };

const objects: Record<string, string> = {
  entry: vectors.entries[0]!.text,
  "entry of two": vectors.entries[1]!.text,
  announcement: epoch.announcement,
  envelope: epoch.envelope,
  message: message.text,
  unlock: vectors.unlock.recovery,
  keychain: vectors.keychain.text,
};

async function open(text: string) {
  const header = readMessageHeader(text, { chat, from: user, mid: message.mid });
  return openMessage(text, header, { iss, ann: epoch.hash, key: epochKey });
}

const membership = { m: 2, hash: vectors.entries[0]!.hash };
const context = { iss, chat, before: undefined, membership, roster: vectors.roster.rows };
const places: Record<string, (text: string) => unknown> = {
  entry: (text) => readEntry(text, { iss, sub: user, before: undefined }),
  announcement: (text) => readAnnouncement(text, context),
  envelope: (text) => openEpochKey(text, { ...place, kid: epoch.kid }, { kid: kids.ek, privateKey: ek }),
  message: open,
  unlock: (text) => openUnlock(text, owner, { recoveryKey }),
  keychain: (text) => openKeychain(text, owner, vectors.keychain.ver, fromBase64url(vectors.keychain.key)),
  step: (text) => readStep(text, { iss, chat, isGroup: true, before: undefined, isIdentityOf: () => true }),
};

const isTaken = async (object: string, where: string): Promise<boolean> => {
  try {
    await places[where]!(objects[object]!);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: "BadObject" });
    return false;
  }
};

test("every object in every place", async () => {
  const taken: string[] = [];
  for (const object of Object.keys(objects)) {
    for (const where of Object.keys(places))
      if (await isTaken(object, where)) taken.push(`${object} as ${where}`);
  }
  expect(taken).toEqual(
    ["entry", "announcement", "envelope", "message", "unlock", "keychain"].map((one) => `${one} as ${one}`),
  );
});

const outside = { typ: "chat-msg+jwe", kid: epoch.kid, chat, n: 1, from: user, mid: message.mid };
const inside = new TextEncoder().encode("{}");
const secret = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const others: Record<string, () => Promise<string>> = {
  PBES2: () =>
    new CompactEncrypt(inside)
      .setProtectedHeader({ alg: "PBES2-HS256+A128KW", enc: "A256GCM", p2c: 1000, ...outside })
      .encrypt(secret(16)),
  "a key without wrapping": () =>
    new CompactEncrypt(inside)
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", ...outside })
      .encrypt(epochKey),
  A128KW: () =>
    new CompactEncrypt(inside)
      .setProtectedHeader({ alg: "A128KW", enc: "A256GCM", ...outside })
      .encrypt(secret(16)),
  "A256CBC-HS512": () =>
    new CompactEncrypt(inside)
      .setProtectedHeader({ alg: "A256KW", enc: "A256CBC-HS512", ...outside })
      .encrypt(epochKey),
};

test.each(Object.entries(others))("%s is refused before anything is decrypted", async (_, make) => {
  await expect(open(await make())).rejects.toThrow(/header has to be|no compact JWE/);
});

test.each(["RSA-OAEP", "RSA-OAEP-512"])("an envelope by %s is refused", async (alg) => {
  const { publicKey } = await crypto.subtle.generateKey(
    {
      name: "RSA-OAEP",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: alg === "RSA-OAEP" ? "SHA-1" : "SHA-512",
    },
    true,
    ["encrypt", "decrypt"],
  );
  const encrypt = new GeneralEncrypt(epochKey).setProtectedHeader({
    enc: "A256GCM",
    typ: "chat-epoch+jwe",
    ...place,
  });
  encrypt.addRecipient(publicKey).setUnprotectedHeader({ alg, kid: kids.ek });
  const { protected: head, recipients, iv, ciphertext, tag } = await encrypt.encrypt();
  const text = JSON.stringify({ protected: head, recipients, iv, ciphertext, tag });
  expect(() => readEnvelope(text, place)).toThrow(expect.objectContaining({ code: "bad_algorithm" }));
});

test("an envelope for a thousand is too large", async () => {
  const whole = JSON.parse(epoch.envelope);
  const [one] = whole.recipients;
  whole.recipients = Array.from({ length: 1000 }, (_, i) => ({
    ...one,
    header: { ...one.header, kid: `${i}`.padStart(43, "A") },
  }));
  expect(() => readEnvelope(JSON.stringify(whole), place)).toThrow("524288");
});

test("an announcement that somebody else's key has signed is not taken for theirs", async () => {
  const mallory = await makePair("ES256");
  const signed = await readAnnouncement(epoch.announcement, context);
  await expect(verify(signed, mallory.jwk as never, kids.ik)).rejects.toThrow("signature");
  await expect(verify(signed, mallory.jwk as never, mallory.kid)).rejects.toThrow("somebody else");
});
