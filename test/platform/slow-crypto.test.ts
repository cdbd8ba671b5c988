import { expect, test } from "bun:test";
import { createPublicKey } from "node:crypto";

import { openSlowCrypto } from "../../src/platform/slow-crypto/node.ts";
import { RsaPool } from "../../src/platform/slow-crypto/rsa-pool.ts";
import type { RsaKey } from "../../src/platform/slow-crypto/slow-crypto.ts";
import vectors from "../fixtures/e2ee/vectors.json";
import { until } from "../support/until.ts";

/** Makes numbered keys, as many at a time as are let through. */
function maker() {
  const waiting: (() => void)[] = [];
  let made = 0;
  const make = async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { n: String(++made) } as RsaKey;
  };
  return { make, waiting, finish: () => waiting.shift()!() };
}

test("no key is made ahead until one is asked for, and then one at a time, up to so many", async () => {
  const { make, waiting, finish } = maker();
  const pool = new RsaPool(make, 2);
  expect(waiting).toHaveLength(0);
  const first = pool.take();
  expect(waiting).toHaveLength(1);
  finish();
  expect((await first).n).toBe("1");
  for (let i = 0; i < 2; i++) {
    await until(() => waiting.length > 0);
    expect(waiting).toHaveLength(1);
    finish();
  }
  await Bun.sleep(0);
  expect(waiting).toHaveLength(0);
  const [second, third] = [await pool.take(), await pool.take()];
  expect([second.n, third.n]).toEqual(["2", "3"]);
});

test("a pool that is closed neither waits for a key nor keeps one", async () => {
  const { make, waiting, finish } = maker();
  const pool = new RsaPool(make, 2);
  const first = pool.take();
  finish();
  await first;
  await until(() => waiting.length > 0);
  pool.close();
  finish();
  await Bun.sleep(0);
  expect(waiting).toHaveLength(0);
  void pool.take();
  expect(waiting).toHaveLength(1);
});

test("a key that could not be made is the trouble of who asked for it, and of nobody after", async () => {
  let isBroken = true;
  const pool = new RsaPool(async () => {
    if (isBroken) throw new Error("no entropy");
    return { n: "1" } as RsaKey;
  }, 1);
  await expect(pool.take()).rejects.toThrow("no entropy");
  isBroken = false;
  expect((await pool.take()).n).toBe("1");
});

test("keys are RSA of 3072 bits, and Argon2id is that of other programs", async () => {
  const slow = openSlowCrypto();
  const key = await slow.rsaKey();
  await slow.close();
  const { n, e, d } = key;
  expect(createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" }).asymmetricKeyDetails).toEqual({
    modulusLength: 3072,
    publicExponent: 65_537n,
  });
  expect(Buffer.from(d, "base64url").length).toBeGreaterThan(300);
  const { text, params, wrap } = vectors.passphrase;
  const { salt, ...cost } = params;
  const made = await slow.argon2id(new TextEncoder().encode(text), Buffer.from(salt, "base64url"), cost);
  expect(Buffer.from(made).toString("base64url")).toBe(wrap);
});
