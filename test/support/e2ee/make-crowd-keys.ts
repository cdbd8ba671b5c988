/**
 * Writes test/fixtures/e2ee/crowd-keys.json: the public parts of 512 RSA keys of 2048 bits, as many as an encrypted chat has members. Making them
 * takes minutes, and nobody opens what is encrypted for them. Run it when a kind of key changes: bun test/support/e2ee/make-crowd-keys.ts
 */
import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

const generate = promisify(generateKeyPair);
const size = 512;

const moduli: string[] = [];
while (moduli.length < size) {
  const made = await Promise.all(
    Array.from({ length: 8 }, () => generate("rsa", { modulusLength: 2048, publicExponent: 65_537 })),
  );
  for (const { publicKey } of made) moduli.push(publicKey.export({ format: "jwk" }).n!);
}
await Bun.write(
  new URL("../../fixtures/e2ee/crowd-keys.json", import.meta.url),
  `${JSON.stringify(moduli.slice(0, size), null, 2)}\n`,
);
