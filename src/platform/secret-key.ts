import { hkdfSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

import { isOpenToOthers, keepPrivate } from "./private-file.ts";

/** What stops the start, in one sentence. */
export class SecretKeyError extends Error {}

const least = 32;
const wellKnown =
  /change[-_ ]?(me|this)|your[-_ ]?(secret|key)|secret[-_ ]?key|^secret|insecure|example|password/i;

export interface SecretKeyOptions {
  /** SECRET_KEY, or empty. */
  given: string;
  file: string;
  /** Whether there are people whose sessions were made with an earlier key. */
  hasData(): Promise<boolean>;
  /** The fingerprint of that key; undefined where none is known. */
  known: number | undefined;
  /** `--rotate-secret`: make a new key although there is data; everybody signs in again. */
  rotate: boolean;
  /** Told when a key was made. */
  made(file: string): void;
}

/**
 * The server's secret: the given one, the kept one, or 32 new random bytes kept with mode 0600. The caller holds
 * the lock of the data, so nobody else makes one meanwhile. Another one than before is taken where somebody has named
 * it; where one is missing, or was left out, that may be a mistake.
 */
export async function loadSecretKey(options: SecretKeyOptions): Promise<Uint8Array> {
  const { given, file, rotate, known } = options;
  if (given) return checkGiven(given);
  if (rotate) return makeNew(options);
  const kept = existsSync(file) ? readKept(file) : undefined;
  if (kept && (known === undefined || known === fingerprintOf(kept))) return kept;
  if (!(await options.hasData())) return kept ?? makeNew(options);
  const problem = kept ? "is not the key that was used last" : "is missing although there is data";
  throw new SecretKeyError(
    `${file} ${problem}: put that one back, or start once with --rotate-secret, which signs everybody out.`,
  );
}

function checkGiven(given: string): Uint8Array {
  const bytes = Buffer.from(given, "utf8");
  if (bytes.length < least) throw new SecretKeyError(`SECRET_KEY must have at least ${least} bytes.`);
  if (wellKnown.test(given) || new Set(given).size < 8) {
    throw new SecretKeyError("SECRET_KEY is a well-known or guessable value: use random bytes.");
  }
  return bytes;
}

function readKept(file: string): Uint8Array {
  if (isOpenToOthers(file)) throw new SecretKeyError(`${file} can be read by others: set its mode to 0600.`);
  const bytes = readFileSync(file);
  if (bytes.length < least) throw new SecretKeyError(`${file} is damaged: it has fewer than ${least} bytes.`);
  return bytes;
}

function makeNew(options: SecretKeyOptions): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(least));
  keepPrivate(options.file, bytes);
  options.made(options.file);
  return bytes;
}

/** Tells one key from another, and nothing else of it: 48 bits. */
export function fingerprintOf(secret: Uint8Array): number {
  return Buffer.from(deriveKey(secret, "fingerprint")).readUIntBE(0, 6);
}

/** A key for one purpose (HKDF-SHA-256, RFC 5869). */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(), `parley ${purpose}`, 32));
}
