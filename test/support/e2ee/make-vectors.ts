/**
 * Writes test/fixtures/e2ee/vectors.json: one object of each kind, with all keys, for programs of others to open. Everything in it is new
 * each time. Run it when a kind of object changes: bun test/support/e2ee/make-vectors.ts
 */
import { exportJWK, generateKeyPair } from "jose";

import { argon2id } from "../../../src/client/sdk/crypto/argon2id.ts";
import { sealFile } from "../../../src/client/sdk/crypto/attachment.ts";
import { encloseEpochKey, makeEpochKey } from "../../../src/client/sdk/crypto/epoch-key.ts";
import { sealMessage } from "../../../src/client/sdk/crypto/message.ts";
import { safetyNumber } from "../../../src/client/sdk/crypto/safety-number.ts";
import { concat, fromBase64url, fromUtf8, toBase64url } from "../../../src/e2ee/bytes.ts";
import { readEntry } from "../../../src/e2ee/directory.ts";
import { readAnnouncement, rosterHash } from "../../../src/e2ee/epochs.ts";
import { type Keychain, makeKeychainKey, sealKeychain, sealUnlock } from "../../../src/e2ee/keychain.ts";
import { kidOf } from "../../../src/e2ee/keys.ts";
import { passphraseWrap } from "../../../src/e2ee/passphrase.ts";
import { makeRecoveryKey, recoveryWrap, writeRecoveryKey } from "../../../src/e2ee/recovery-key.ts";
import { sign, signedByBoth } from "../../../src/e2ee/signed.ts";
import type { Vectors } from "./vectors.ts";

const iss = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
const iat = 1_800_000_000;
const [user, chat] = [12, 345];
const owner = { iss, user };

async function makeKey(alg: "ES256" | "RSA-OAEP-256") {
  const pair = await generateKeyPair(alg, { modulusLength: 3072, extractable: true });
  const open = (await exportJWK(pair.publicKey)) as never;
  return { ...pair, open, jwk: await exportJWK(pair.privateKey), kid: await kidOf(open) };
}

const [before, ik, ek, other] = await Promise.all([
  makeKey("ES256"),
  makeKey("ES256"),
  makeKey("RSA-OAEP-256"),
  makeKey("ES256"),
]);

const common = { v: 1, iss, sub: user } as const;
const first = {
  ...common,
  seq: 1,
  prev: null,
  sig: before.open,
  enc: ek.open,
  custody: "client",
  reason: "init",
  iat,
};
const firstText = await sign("chat-key+jws", first, before.kid, before.privateKey);
const entry = await readEntry(firstText, { iss, sub: user, before: undefined });
const second = { ...first, seq: 2, prev: entry.hash, sig: ik.open, reason: "rotate" };
const secondText = signedByBoth(
  await sign("chat-key+jws", second, ik.kid, ik.privateKey),
  await sign("chat-key+jws", second, before.kid, before.privateKey),
);
const handedOver = await readEntry(secondText, { iss, sub: user, before: entry });

const recoveryKey = makeRecoveryKey();
const passphrase = "zwölf Boxkämpfer 🥊";
const kc = makeKeychainKey();
const keychain: Keychain = {
  v: 1,
  ik: [ik.jwk, before.jwk],
  ek: [ek.jwk],
  pins: { 13: { ik: other.kid, verified: true } },
  chats: { [chat]: { create: entry.hash, m: 2, n: 1 } },
};
const unlock = {
  recovery: await sealUnlock(kc, owner, { recoveryKey }),
  passphrase: await sealUnlock(kc, owner, { passphrase, argon2id }),
};
const { params } = JSON.parse(fromUtf8(fromBase64url(unlock.passphrase.split(".")[0]!)));

const rows = [{ user, ikKid: ik.kid, ekKid: ek.kid }];
const membership = { m: 2, hash: entry.hash };
const epochKey = await makeEpochKey();
const announced = {
  v: 1,
  iss,
  chat,
  n: 1,
  prev: null,
  kid: epochKey.kid,
  m: membership.m,
  members: membership.hash,
  roster: await rosterHash(rows),
  by: user,
  by_kid: ik.kid,
  reason: "create",
  iat,
};
const announcement = await sign("chat-epoch+jws", announced, ik.kid, ik.privateKey);
const { hash: ann } = await readAnnouncement(announcement, {
  iss,
  chat,
  before: undefined,
  membership,
  roster: rows,
});
const envelope = await encloseEpochKey(epochKey, { chat, n: 1, ann }, [ek]);

const says = "Grüße, 世界 🦊";
const mid = "00112233445566778899aabbccddeeff";
const device = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
const body = {
  type: "text",
  text: says,
  mentions: [13],
  reply_to: null,
  attachments: [],
  replaces: [],
} as never;
const place = { v: 1, iss, chat, n: 1, ep: ann, from: user } as const;
const message = await sealMessage(
  { ...place, device, mid, ctr: 1, prev: null, seen: [1, ann], at: iat * 1000, body },
  ik,
  epochKey,
);

const plain = crypto.getRandomValues(new Uint8Array(1000));
const file = sealFile(
  (async function* () {
    yield plain;
  })(),
);
const sealed = concat(...(await Array.fromAsync(file.sealed)));

const vectors: Vectors = {
  iss,
  user,
  chat,
  keys: { ik: ik.jwk, before: before.jwk, ek: ek.jwk },
  kids: { ik: ik.kid, before: before.kid, ek: ek.kid },
  entries: [entry, handedOver].map(({ text, hash }) => ({ text, hash })),
  recovery: {
    key: toBase64url(recoveryKey),
    text: writeRecoveryKey(recoveryKey),
    wrap: toBase64url(await recoveryWrap(recoveryKey, iss, user)),
  },
  passphrase: {
    text: passphrase,
    params,
    wrap: toBase64url(await passphraseWrap({ passphrase, argon2id }, params)),
  },
  unlock,
  keychain: {
    key: toBase64url(kc),
    ver: 3,
    text: await sealKeychain(keychain, owner, 3, kc),
    json: JSON.stringify(keychain),
  },
  roster: { rows, hash: announced.roster },
  epoch: { key: toBase64url(epochKey.key), kid: epochKey.kid, n: 1, announcement, hash: ann, envelope },
  message: { ...message, mid, says },
  attachment: {
    secret: file.secret,
    sealed: toBase64url(sealed),
    sha256: file.digest(),
    size: plain.length,
    plain: toBase64url(plain),
  },
  safety: {
    other: { user: 13, key: other.open },
    number: await safetyNumber(iss, { user, key: ik.open }, { user: 13, key: other.open }),
  },
};
await Bun.write(
  new URL("../../fixtures/e2ee/vectors.json", import.meta.url),
  `${JSON.stringify(vectors, null, 2)}\n`,
);
