import { expect, test } from "bun:test";

import { argon2id } from "../../src/client/sdk/crypto/argon2id.ts";
import {
  type Keychain,
  makeKeychainKey,
  openKeychain,
  openUnlock,
  sealKeychain,
  sealUnlock,
} from "../../src/e2ee/keychain.ts";
import { makeRecoveryKey } from "../../src/e2ee/recovery-key.ts";
import { seal } from "../../src/e2ee/sealed.ts";
import { iss, makePair } from "../support/e2ee/people.ts";

const owner = { iss, user: 1 };
const { jwk } = await makePair("ES256");
const keychain: Keychain = {
  v: 1,
  ik: [jwk],
  ek: [jwk],
  pins: { 2: { ik: "A".repeat(43), verified: true } },
  chats: { 7: { create: "B".repeat(43), m: 3, n: 2 } },
};

test("who has the recovery key has the keychain", async () => {
  const recovery = { recoveryKey: makeRecoveryKey() };
  const key = makeKeychainKey();
  const [unlock, sealed] = [
    await sealUnlock(key, owner, recovery),
    await sealKeychain(keychain, owner, 5, key),
  ];
  expect(await openKeychain(sealed, owner, 5, await openUnlock(unlock, owner, recovery))).toEqual(keychain);
});

test("another recovery key, person or server does not open it, nor is one kept under another number taken", async () => {
  const recovery = { recoveryKey: makeRecoveryKey() };
  const key = makeKeychainKey();
  const unlock = await sealUnlock(key, owner, recovery);
  await expect(openUnlock(unlock, owner, { recoveryKey: makeRecoveryKey() })).rejects.toThrow(
    "this key does not open it",
  );
  await expect(openUnlock(unlock, { ...owner, user: 2 }, recovery)).rejects.toThrow("sub");
  await expect(openUnlock(unlock, { ...owner, iss: "B".repeat(22) }, recovery)).rejects.toThrow("iss");
  const sealed = await sealKeychain(keychain, owner, 5, key);
  await expect(openKeychain(sealed, owner, 5, makeKeychainKey())).rejects.toThrow(
    "this key does not open it",
  );
  await expect(openKeychain(sealed, { ...owner, user: 2 }, 5, key)).rejects.toThrow("sub");
  await expect(openKeychain(sealed, owner, 6, key)).rejects.toThrow("ver");
  await expect(openKeychain(unlock, owner, 5, key)).rejects.toThrow("chat-keychain+jwe");
});

test("who has the passphrase has the keychain, and nobody with weaker parameters", async () => {
  const key = makeKeychainKey();
  const unlock = await sealUnlock(key, owner, { passphrase: "correct horse", argon2id });
  expect(await openUnlock(unlock, owner, { passphrase: "correct horse", argon2id })).toEqual(key);
  await expect(openUnlock(unlock, owner, { passphrase: "battery staple", argon2id })).rejects.toThrow(
    "does not open",
  );
  await expect(openUnlock(unlock, owner, { recoveryKey: makeRecoveryKey() })).rejects.toThrow("header");
  const params = { m: 8, t: 1, p: 1, salt: "AAECAwQFBgcICQoLDA0ODw" };
  const weak = { typ: "chat-unlock+jwe", iss, sub: 1, kdf: "argon2id", params } as never;
  const weaker = await seal(weak, makeKeychainKey(), key);
  await expect(openUnlock(weaker, owner, { passphrase: "correct horse", argon2id })).rejects.toThrow(
    "its params",
  );
});

test("two of the same look different", async () => {
  const key = makeKeychainKey();
  expect(await sealKeychain(keychain, owner, 5, key)).not.toBe(await sealKeychain(keychain, owner, 5, key));
});
