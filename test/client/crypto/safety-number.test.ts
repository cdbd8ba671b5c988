import { expect, test } from "bun:test";

import { safetyNumber } from "../../../src/client/sdk/crypto/safety-number.ts";
import { iss, makePair } from "../../support/e2ee/people.ts";

test("both see the same sixty digits; another key, person or server has others", async () => {
  const [alice, bob, other] = await Promise.all([1, 2, 3].map(() => makePair("ES256")));
  const of = (user: number, pair: typeof alice) => ({ user, key: pair!.jwk as never });
  const hers = await safetyNumber(iss, of(1, alice), of(2, bob));
  expect(hers).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(await safetyNumber(iss, of(2, bob), of(1, alice))).toBe(hers);
  for (const changed of [
    safetyNumber(iss, of(1, alice), of(2, other)),
    safetyNumber(iss, of(1, alice), of(3, bob)),
    safetyNumber("BBECAwQFBgcICQoLDA0ODw", of(1, alice), of(2, bob)),
  ]) {
    expect(await changed).not.toBe(hers);
  }
});
