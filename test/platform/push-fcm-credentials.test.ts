import { expect, test } from "bun:test";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CredentialsError, loadCredentials } from "../../src/platform/push/fcm/credentials.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const file = {
  type: "service_account",
  project_id: "parley-test",
  private_key_id: "1",
  private_key: pem,
  client_email: "push@parley-test.iam.gserviceaccount.com",
};
const json = JSON.stringify(file, null, 2);

function problemOf(given: { path?: string; json?: string }): string {
  try {
    loadCredentials({ path: "", json: "", ...given });
  } catch (error) {
    expect(error).toBeInstanceOf(CredentialsError);
    return (error as Error).message;
  }
  throw new Error("taken");
}

/** A file with this text. */
class KeyFile {
  readonly #directory = mkdtempSync(join(tmpdir(), "parley-fcm-"));
  readonly path = join(this.#directory, "key");

  constructor(text: string) {
    writeFileSync(this.path, text);
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}

test("without credentials there is no account", () => {
  expect(loadCredentials({ path: "", json: "" })).toBeUndefined();
});

test("a file is read", () => {
  using key = new KeyFile(json);
  const account = loadCredentials({ path: key.path, json: "" });
  expect(account).toMatchObject({
    projectId: "parley-test",
    clientEmail: "push@parley-test.iam.gserviceaccount.com",
    privateKeyId: "1",
    tokenUri: "https://oauth2.googleapis.com/token",
  });
});

test.each([
  ["as it is", json],
  ["on one line", JSON.stringify(file)],
  ["with line breaks that a shell made", json.replaceAll("\\n", "\n")],
  ["with line breaks that were escaped twice", json.replaceAll("\\n", "\\\\n")],
  ["with line breaks that became spaces", json.replaceAll("\\n", " ")],
  ["in quotation marks", `'${json}'`],
  ["in Base64", Buffer.from(json).toString("base64")],
  ["with a byte order mark", `\uFEFF${json}\n`],
])("a key is taken %s", (_how, given) => {
  const account = loadCredentials({ path: "", json: given });
  if (!account) throw new Error("no account");
  const known = pair.publicKey.export({ type: "spki", format: "pem" });
  expect(createPublicKey(account.privateKey).export({ type: "spki", format: "pem" })).toBe(known);
});

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const pkcs1 = pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const without = (field: keyof typeof file) => JSON.stringify({ ...file, [field]: undefined });
const withKey = (private_key: string) => JSON.stringify({ ...file, private_key });

test.each([
  ["both", { path: "/key.json", json }, /_PATH and FIREBASE_CREDENTIALS_JSON are both set/],
  [
    "a file that is missing",
    { path: "/nowhere/key.json" },
    /_PATH: there is no file \/nowhere\/key\.json\.$/,
  ],
  ["a directory", { path: tmpdir() }, /_PATH: .* cannot be read \(EISDIR\)/],
  ["the key as its path", { path: json }, /_PATH has to name a file/],
  [
    "the key in Base64 as its path",
    { path: Buffer.from(json).toString("base64") },
    /_PATH has to name a file/,
  ],
  ["a path as the key", { json: "/etc/parley/key.json" }, /_JSON has to be the key itself/],
  ["no JSON", { json: json.slice(0, -5) }, /_JSON is not JSON/],
  ["a list", { json: "[]" }, /_JSON is not the key of a service account/],
  [
    "an app's google-services.json",
    { json: '{"project_info":{}}' },
    /_JSON is not the key of a service account/,
  ],
  ["no project", { json: without("project_id") }, /_JSON: the key has no project_id/],
  ["no address", { json: without("client_email") }, /_JSON: the key has no client_email/],
  ["no private key", { json: without("private_key") }, /_JSON: the key has no private_key/],
  ["a private key that is cut off", { json: withKey(pem.slice(0, 900)) }, /_JSON: private_key .* damaged/],
  ["a private key with a hole", { json: withKey(pem.slice(0, 300) + pem.slice(400)) }, /_JSON: private_key/],
  [
    "another kind of private key",
    { json: withKey(ec.export({ type: "pkcs8", format: "pem" }).toString()) },
    /no RSA/,
  ],
  ["PKCS #1", { json: withKey(pkcs1) }, /PKCS #8/],
  [
    "a public key",
    { json: withKey(pair.publicKey.export({ type: "spki", format: "pem" }).toString()) },
    /no RSA/,
  ],
  ["tokens over http", { json: JSON.stringify({ ...file, token_uri: "http://a/" }) }, /token_uri .* https/],
])("%s: one sentence, which shows nothing of the key", (_what, given, sentence) => {
  const problem = problemOf(given);
  expect(problem).toMatch(sentence);
  expect(problem).toMatch(/^FIREBASE_CREDENTIALS_(PATH|JSON).*\.$/);
  expect(problem).not.toContain("BEGIN");
  for (let at = 0; at < 64; at += 8) expect(problem).not.toContain(pem.slice(100 + at, 108 + at));
});

test("a file that is no key is named by its variable", () => {
  using key = new KeyFile("not a key");
  expect(problemOf({ path: key.path })).toMatch(/^FIREBASE_CREDENTIALS_PATH is not JSON/);
});
