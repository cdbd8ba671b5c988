import { expect, test } from "bun:test";

import {
  isKdfParameters,
  makeKdfParameters,
  passphraseWrap,
} from "../../../src/client/sdk/crypto/passphrase.ts";

/** As fast as is allowed. */
const quick = { m: 19_456, t: 2, p: 1, salt: "AAECAwQFBgcICQoLDA0ODw" };

test("the same passphrase makes the same key, however its letters are typed", async () => {
  const key = await passphraseWrap("blühende Wiesen", quick);
  expect(key.length).toBe(32);
  expect(await passphraseWrap("blu\u0308hende Wiesen", quick)).toEqual(key);
  expect(await passphraseWrap("blühende Wiese", quick)).not.toEqual(key);
  expect(await passphraseWrap("blühende Wiesen", { ...quick, salt: "BAECAwQFBgcICQoLDA0ODw" })).not.toEqual(
    key,
  );
  await expect(passphraseWrap("", quick)).rejects.toThrow("no passphrase");
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
