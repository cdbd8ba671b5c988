import { expect, test } from "bun:test";

import { argon2id } from "../../src/client/sdk/crypto/argon2id.ts";
import {
  isKdfParameters,
  type KdfParameters,
  makeKdfParameters,
  passphraseWrap,
} from "../../src/e2ee/passphrase.ts";

/** As fast as is allowed. */
const quick = { m: 19_456, t: 2, p: 1, salt: "AAECAwQFBgcICQoLDA0ODw" };

const wrap = (passphrase: string, params: KdfParameters) => passphraseWrap({ passphrase, argon2id }, params);

test("the same passphrase makes the same key, however its letters are typed", async () => {
  const key = await wrap("blühende Wiesen", quick);
  expect(key.length).toBe(32);
  expect(await wrap("blu\u0308hende Wiesen", quick)).toEqual(key);
  expect(await wrap("blühende Wiese", quick)).not.toEqual(key);
  expect(await wrap("blühende Wiesen", { ...quick, salt: "BAECAwQFBgcICQoLDA0ODw" })).not.toEqual(key);
  await expect(wrap("", quick)).rejects.toThrow("no passphrase");
});

test("a server can make it neither weak nor endless", () => {
  expect(isKdfParameters(makeKdfParameters())).toBe(true);
  expect(isKdfParameters(quick)).toBe(true);
  for (const bad of [
    { m: 19_455 },
    { m: 262_145 },
    { t: 1 },
    { t: 11 },
    { p: 0 },
    { p: 5 },
    { m: 65_536.5 },
    { t: "3" },
    { salt: "AAECAwQFBgcICQoLDA0O" },
    { salt: "AAECAwQFBgcICQoLDA0ODx" },
    { more: 1 },
  ]) {
    expect([bad, isKdfParameters({ ...quick, ...bad })]).toEqual([bad, false]);
  }
  expect(isKdfParameters(undefined)).toBe(false);
});
