import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  deriveKey,
  loadSecretKey,
  SecretKeyError,
  type SecretKeyOptions,
} from "../../src/platform/secret-key.ts";

const good = "u7Qw-9sLxA2-kfP0z-Vb3nR8-tYc5mE1j";

/** A data directory without a key. */
class Keyring {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-key-"));
  readonly file = join(this.directory, "secret.key");
  /** Files that were reported as new keys. */
  readonly made: string[] = [];

  load(more: Partial<SecretKeyOptions> = {}): Promise<Uint8Array> {
    return loadSecretKey({
      given: "",
      file: this.file,
      hasData: async () => false,
      known: undefined,
      rotate: false,
      made: (file) => this.made.push(file),
      ...more,
    });
  }

  /** The sentence that the start is refused with. */
  async refusal(more: Partial<SecretKeyOptions> = {}): Promise<string> {
    const error: unknown = await this.load(more).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SecretKeyError);
    return (error as Error).message;
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const hasData = async () => true;

test("without a key one is made, once, and only this system user can read it", async () => {
  using ring = new Keyring();
  const key = await ring.load();
  expect(key).toHaveLength(32);
  expect(new Uint8Array(readFileSync(ring.file))).toEqual(new Uint8Array(key));
  expect(statSync(ring.file).mode & 0o777).toBe(0o600);
  expect(ring.made).toEqual([ring.file]);
  expect(readdirSync(ring.directory)).toEqual(["secret.key"]);

  expect(new Uint8Array(await ring.load({ hasData }))).toEqual(new Uint8Array(key));
  expect(ring.made).toHaveLength(1);
});

test("two servers make two different keys", async () => {
  using one = new Keyring();
  using other = new Keyring();
  expect(await one.load()).not.toEqual(await other.load());
});

test("a start that was cut off while it made a key does not stop the next one", async () => {
  using ring = new Keyring();
  writeFileSync(`${ring.file}.new`, "half");
  expect(await ring.load()).toHaveLength(32);
  expect(readdirSync(ring.directory)).toEqual(["secret.key"]);
});

test("a key that is missing beside data is not made anew silently", async () => {
  using ring = new Keyring();
  expect(await ring.refusal({ hasData })).toContain("--rotate-secret");
  expect(ring.made).toEqual([]);
  expect(readdirSync(ring.directory)).toEqual([]);
});

test("on request a new key takes the place of the old one", async () => {
  using ring = new Keyring();
  const before = await ring.load();
  const after = await ring.load({ hasData, rotate: true });
  expect(after).not.toEqual(before);
  expect(ring.made).toHaveLength(2);
  expect(statSync(ring.file).mode & 0o777).toBe(0o600);
  expect(new Uint8Array(await ring.load({ hasData }))).toEqual(new Uint8Array(after));
});

test("a kept key that others can read is refused", async () => {
  using ring = new Keyring();
  await ring.load();
  for (const mode of [0o640, 0o604, 0o660, 0o644, 0o601]) {
    chmodSync(ring.file, mode);
    expect(await ring.refusal()).toContain("0600");
  }
  chmodSync(ring.file, 0o400);
  expect(await ring.load()).toHaveLength(32);
});

test("a kept key that was cut short is refused", async () => {
  using ring = new Keyring();
  writeFileSync(ring.file, new Uint8Array(31), { mode: 0o600 });
  expect(await ring.refusal()).toContain("damaged");
});

test("a given key is used as it is, and none is kept", async () => {
  using ring = new Keyring();
  expect(Buffer.from(await ring.load({ given: good, hasData })).toString()).toBe(good);
  expect(readdirSync(ring.directory)).toEqual([]);
});

test("a given key that somebody could guess is refused by name", async () => {
  using ring = new Keyring();
  const guessable = [
    good.slice(0, 31),
    "a".repeat(64),
    "abab".repeat(16),
    "changeme-changeme-changeme-changeme",
    "change-me-in-production-0123456789abc",
    "your-secret-key-here-0123456789abcdef",
    "Secret0123456789abcdefghijklmnopqrst",
    "password0123456789abcdefghijklmnopqr",
  ];
  for (const given of guessable) expect(await ring.refusal({ given })).toMatch(/^SECRET_KEY [^.]+\.$/);
});

test("keys for different purposes have nothing in common", async () => {
  const secret = new Uint8Array(32).fill(7);
  const access = deriveKey(secret, "access tokens");
  expect(access).toHaveLength(32);
  expect(deriveKey(secret, "access tokens")).toEqual(access);
  expect(deriveKey(secret, "refresh tokens")).not.toEqual(access);
  expect(deriveKey(new Uint8Array(32).fill(8), "access tokens")).not.toEqual(access);
});
