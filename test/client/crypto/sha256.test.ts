import { expect, test } from "bun:test";

import { Sha256 } from "../../../src/client/sdk/crypto/sha256.ts";

const lengths = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 100_003];

test("it is what WebCrypto says, in whatever pieces the bytes come", async () => {
  for (const length of lengths) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
    const known = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    for (const size of [1, 3, 63, 64, 65, 4096]) {
      const hasher = new Sha256();
      for (let at = 0; at < length; at += size) hasher.update(bytes.subarray(at, at + size));
      expect(hasher.digest()).toEqual(known);
    }
  }
});
