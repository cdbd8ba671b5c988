import { expect, test } from "bun:test";
import { importJWK } from "jose";

import { makeEpochKey } from "../../../src/client/sdk/crypto/epoch-key.ts";
import { type Grant, grantedKeys, openGrant, sealGrant } from "../../../src/client/sdk/crypto/grant.ts";
import { iss, makePair } from "../../support/e2ee/people.ts";

const [inviter, mallory] = await Promise.all([makePair("ES256"), makePair("ES256")]);
const [mine, other] = await Promise.all([makePair("RSA-OAEP-256"), makePair("RSA-OAEP-256")]);
const keys = new Map([
  [1, await makeEpochKey()],
  [2, await makeEpochKey()],
]);
const announced = new Map([...keys].map(([n, { kid }]) => [n, kid]));
const byKey = inviter.jwk as never;
const letIn = { iss, chat: 7, to: 2, toKid: "T".repeat(43), by: 1, byKid: inviter.kid, byKey };
const good: Grant = {
  v: 1,
  iss,
  chat: 7,
  to: 2,
  to_kid: letIn.toKid,
  by: 1,
  by_kid: inviter.kid,
  epochs: grantedKeys(keys),
  iat: 1_800_000_000,
};

async function sealed(changes: Partial<Grant> = {}, by = inviter, to = mine): Promise<string> {
  const publicKey = (await importJWK(to.jwk, "RSA-OAEP-256")) as CryptoKey;
  return sealGrant({ ...good, ...changes }, by.privateKey, { kid: to.kid, publicKey });
}

test("who was let in reads what was granted", async () => {
  expect(await openGrant(await sealed(), mine, letIn, announced)).toEqual(keys);
});

const refused: Record<string, [why: string, make: () => Promise<string>]> = {
  "from somebody else than who let me in": ["its by", () => sealed({ by: 3 })],
  "by another key": ["its by_kid", () => sealed({ by_kid: mallory.kid }, mallory)],
  "in another's name": ["signature", () => sealed({}, mallory)],
  "for somebody else": ["its to", () => sealed({ to: 3 })],
  "for an identity that I had before": ["its to_kid", () => sealed({ to_kid: "U".repeat(43) })],
  "of another chat": ["its chat", () => sealed({ chat: 8 })],
  "of another server": ["its iss", () => sealed({ iss: "BBECAwQFBgcICQoLDA0ODw" })],
  "of another key than was announced": [
    "another key",
    async () => sealed({ epochs: grantedKeys(new Map([[1, await makeEpochKey()]])) }),
  ],
  "of an epoch that nobody may grant": [
    "nobody may grant",
    async () => sealed({ epochs: grantedKeys(new Map([[3, await makeEpochKey()]])) }),
  ],
  "of nothing": ["its epochs", () => sealed({ epochs: [] })],
  "that is for another key of mine": ["another key", () => sealed({}, inviter, other)],
};

test.each(Object.entries(refused))("a grant %s is refused", async (_, [why, make]) => {
  await expect(openGrant(await make(), mine, letIn, announced)).rejects.toThrow(why);
});
