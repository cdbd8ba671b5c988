/** Programs of others open our objects of encryption, and we open theirs: Python's jwcrypto, Debian's `jose`, openssl. */
import { expect, test } from "bun:test";
import { createDecipheriv, createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importJWK } from "jose";

import { openEpochKey } from "../../src/client/sdk/crypto/epoch-key.ts";
import { openMessage, readMessageHeader } from "../../src/client/sdk/crypto/message.ts";
import { fromBase64url, toBase64url } from "../../src/e2ee/bytes.ts";
import { readEntry } from "../../src/e2ee/directory.ts";
import { openUnlock } from "../../src/e2ee/keychain.ts";
import { readRecoveryKey } from "../../src/e2ee/recovery-key.ts";
import { verify } from "../../src/e2ee/signed.ts";
import type { Vectors } from "../support/e2ee/vectors.ts";

const path = new URL("../fixtures/e2ee/vectors.json", import.meta.url);
const vectors = (await Bun.file(path).json()) as Vectors;
const { iss, user, chat, keys, kids, epoch } = vectors;
const { d: _, ...identity } = keys.ik;

/** What a program writes; its errors are those of the test. */
async function run(command: string[], input: string | Uint8Array = ""): Promise<Uint8Array> {
  const child = Bun.spawn(command, { stdin: Buffer.from(input), stdout: "pipe", stderr: "pipe" });
  const [output, errors] = [
    await new Response(child.stdout).bytes(),
    await new Response(child.stderr).text(),
  ];
  expect([await child.exited, errors]).toEqual([0, ""]);
  return output;
}

async function withFiles<T>(
  files: Record<string, string | Uint8Array>,
  use: (path: (name: string) => string) => T,
) {
  const directory = mkdtempSync(join(tmpdir(), "parley-e2ee-"));
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
    return await use((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("Python opens each kind of object, and we open what it makes", async () => {
  const script = join(import.meta.dir, "e2ee.py");
  const made = JSON.parse(
    new TextDecoder().decode(await run(["/usr/bin/python3", script], JSON.stringify(vectors))),
  );
  const entry = await readEntry(made.entry, { iss, sub: user, before: undefined });
  expect(entry.iat).toBe(1_900_000_000);
  const privateKey = (await importJWK(keys.ek, "RSA-OAEP-256")) as CryptoKey;
  const place = { chat, n: 1, ann: epoch.hash, kid: epoch.kid };
  const { key } = await openEpochKey(made.envelope, place, { kid: kids.ek, privateKey });
  expect(toBase64url(key)).toBe(epoch.key);
  const header = readMessageHeader(made.message, { chat, from: user, mid: vectors.message.mid });
  const message = await openMessage(made.message, header, { iss, ann: epoch.hash, key });
  await verify(message, identity as never, kids.ik);
  expect(message.payload.body.text).toBe("from Python, 🐍");
  const recoveryKey = readRecoveryKey(vectors.recovery.text);
  expect(toBase64url(await openUnlock(made.unlock, { iss, user }, { recoveryKey }))).toBe(
    vectors.keychain.key,
  );
});

test("Debian's jose opens a message, and verifies what is in it", async () => {
  const secret = JSON.stringify({ kty: "oct", k: epoch.key });
  await withFiles({ secret, ik: JSON.stringify(identity), message: vectors.message.text }, async (file) => {
    const inside = await run(["jose", "jwe", "dec", "-i", file("message"), "-k", file("secret")]);
    writeFileSync(file("inside"), inside);
    const payload = await run(["jose", "jws", "ver", "-i", file("inside"), "-k", file("ik"), "-O-"]);
    expect(JSON.parse(new TextDecoder().decode(payload)).body.text).toBe(vectors.message.says);
  });
});

test("openssl unwraps the key of an epoch", async () => {
  const envelope = JSON.parse(epoch.envelope);
  const wrapped = fromBase64url(envelope.recipients[0].encrypted_key);
  const pem = createPrivateKey({ key: keys.ek as never, format: "jwk" }).export({
    type: "pkcs8",
    format: "pem",
  });
  await withFiles({ wrapped, "key.pem": pem as string }, async (file) => {
    const padding = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"];
    const options = padding.flatMap((one) => ["-pkeyopt", one]);
    const how = ["-decrypt", "-inkey", file("key.pem"), "-in", file("wrapped"), ...options];
    const contentKey = await run(["openssl", "pkeyutl", ...how]);
    const decipher = createDecipheriv("aes-256-gcm", contentKey, fromBase64url(envelope.iv));
    decipher.setAAD(Buffer.from(envelope.protected)).setAuthTag(fromBase64url(envelope.tag));
    const opened = Buffer.concat([decipher.update(fromBase64url(envelope.ciphertext)), decipher.final()]);
    expect(toBase64url(opened)).toBe(epoch.key);
  });
});
