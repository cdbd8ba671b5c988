/** By node:crypto, whose threads do it: WebCrypto's RSA blocks the one that asks, and it has no Argon2. */
import { argon2, generateKeyPair } from "node:crypto";

import { RsaPool } from "./rsa-pool.ts";
import type { RsaKey, SlowCrypto } from "./slow-crypto.ts";

/** Enough for a team that signs up together; each is 2 KB of memory and 300 ms of one processor. */
const readyKeys = 4;
const tagLength = 32;

export function openSlowCrypto(): SlowCrypto {
  const pool = new RsaPool(makeRsaKey, readyKeys);
  return {
    rsaKey: () => pool.take(),
    argon2id: (message, nonce, { m: memory, t: passes, p: parallelism }) =>
      new Promise((resolve, reject) =>
        argon2("argon2id", { message, nonce, memory, passes, parallelism, tagLength }, (error, tag) =>
          error ? reject(error) : resolve(new Uint8Array(tag)),
        ),
      ),
    async close() {
      pool.close();
    },
  };
}

function makeRsaKey(): Promise<RsaKey> {
  return new Promise((resolve, reject) =>
    generateKeyPair("rsa", { modulusLength: 3072, publicExponent: 65_537 }, (error, _, privateKey) =>
      error ? reject(error) : resolve(privateKey.export({ format: "jwk" }) as unknown as RsaKey),
    ),
  );
}
