/** Safety numbers: two people compare them over another way, and know then that nobody stands between them. */
import { concat, fromBase64url, utf8 } from "../../../e2ee/bytes.ts";
import type { SigningKey } from "../../../e2ee/keys.ts";

/** Somebody's identity on a server. */
export interface Identified {
  user: number;
  key: SigningKey;
}

const version = new Uint8Array(2);
const rounds = 5200;
const groups = 6;

/**
 * Sixty digits in groups of five, the same for both: of each the numeric fingerprint of Signal (`NumericFingerprintGenerator`), over the
 * uncompressed point of the key (SEC 1, 2.3.3) and `iss|user`, the smaller one first.
 */
export async function safetyNumber(iss: string, one: Identified, other: Identified): Promise<string> {
  const both = await Promise.all([one, other].map((each) => fingerprint(iss, each)));
  return both.toSorted().join(" ");
}

async function fingerprint(iss: string, { user, key }: Identified): Promise<string> {
  const point = concat(new Uint8Array([4]), fromBase64url(key.x), fromBase64url(key.y));
  let hash = concat(version, point, utf8(`${iss}|${user}`));
  for (let i = 0; i < rounds; i++) hash = await sha512(concat(hash, point));
  return Array.from({ length: groups }, (_, i) => digits(hash.subarray(i * 5, i * 5 + 5))).join(" ");
}

function digits(bytes: Uint8Array): string {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 100_000).padStart(5, "0");
}

async function sha512(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
}
