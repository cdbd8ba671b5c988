/** The objects of test/fixtures/e2ee are opened: what was written once is read for ever. Others read them in test/programs/e2ee. */
import { expect, test } from "bun:test";
import { importJWK } from "jose";

import { argon2id } from "../../src/client/sdk/crypto/argon2id.ts";
import { openFile } from "../../src/client/sdk/crypto/attachment.ts";
import { openEpochKey } from "../../src/client/sdk/crypto/epoch-key.ts";
import { openMessage, readMessageHeader } from "../../src/client/sdk/crypto/message.ts";
import { safetyNumber } from "../../src/client/sdk/crypto/safety-number.ts";
import { concat, fromBase64url, toBase64url } from "../../src/e2ee/bytes.ts";
import { type Entry, readEntry } from "../../src/e2ee/directory.ts";
import { readAnnouncement } from "../../src/e2ee/epochs.ts";
import { openKeychain, openUnlock } from "../../src/e2ee/keychain.ts";
import { passphraseWrap } from "../../src/e2ee/passphrase.ts";
import { readRecoveryKey, recoveryWrap } from "../../src/e2ee/recovery-key.ts";
import { verify } from "../../src/e2ee/signed.ts";
import json from "../fixtures/e2ee/vectors.json";
import type { Vectors } from "../support/e2ee/vectors.ts";

const vectors = json as unknown as Vectors;
const { iss, user, chat, keys, kids } = vectors;
const owner = { iss, user };

async function entries(): Promise<Entry[]> {
  const read: Entry[] = [];
  for (const { text } of vectors.entries)
    read.push(await readEntry(text, { iss, sub: user, before: read.at(-1) }));
  return read;
}

test("the directory: a first entry, and one that hands over", async () => {
  expect((await entries()).map((one) => one.hash)).toEqual(vectors.entries.map((one) => one.hash));
  expect((await entries()).map((one) => one.sigKid)).toEqual([kids.before, kids.ik]);
});

test("the keychain, by recovery key and by passphrase", async () => {
  const recoveryKey = readRecoveryKey(vectors.recovery.text);
  expect(toBase64url(await recoveryWrap(recoveryKey, iss, user))).toBe(vectors.recovery.wrap);
  const { text: passphrase, params, wrap } = vectors.passphrase;
  expect(toBase64url(await passphraseWrap({ passphrase, argon2id }, params))).toBe(wrap);
  const key = await openUnlock(vectors.unlock.recovery, owner, { recoveryKey });
  expect(await openUnlock(vectors.unlock.passphrase, owner, { passphrase, argon2id })).toEqual(key);
  const keychain = await openKeychain(vectors.keychain.text, owner, vectors.keychain.ver, key);
  expect(keychain).toEqual(JSON.parse(vectors.keychain.json));
});

test("an epoch, and a message under it", async () => {
  const { n, kid, announcement, envelope, hash: ann } = vectors.epoch;
  const membership = { m: 2, hash: vectors.entries[0]!.hash };
  const context = { iss, chat, before: undefined, membership, roster: vectors.roster.rows };
  const announced = await readAnnouncement(announcement, context);
  const { sig } = (await entries())[1]!;
  await verify(announced, sig, kids.ik);
  expect(announced.hash).toBe(ann);
  const privateKey = (await importJWK(keys.ek, "RSA-OAEP-256")) as CryptoKey;
  const epoch = await openEpochKey(envelope, { chat, n, ann, kid }, { kid: kids.ek, privateKey });
  expect(toBase64url(epoch.key)).toBe(vectors.epoch.key);
  const { text, mid, says, hash } = vectors.message;
  const header = readMessageHeader(text, { chat, from: user, mid });
  const message = await openMessage(text, header, { iss, ann, key: epoch.key });
  await verify(message, sig, kids.ik);
  expect([message.payload.body.text, message.hash]).toEqual([says, hash]);
});

test("a file", async () => {
  const { secret, sealed, sha256, size, plain } = vectors.attachment;
  async function* bytes() {
    yield fromBase64url(sealed);
  }
  const opened = openFile(bytes(), { ...secret, size, sha256 });
  expect(toBase64url(concat(...(await Array.fromAsync(opened))))).toBe(plain);
});

test("a safety number", async () => {
  const { other, number } = vectors.safety;
  const { d: _, ...key } = keys.ik;
  const both = [
    { user, key: key as never },
    { user: other.user, key: other.key as never },
  ] as const;
  expect(await safetyNumber(iss, ...both)).toBe(number);
});
