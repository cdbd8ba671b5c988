/** What a passphrase wraps: Argon2id (RFC 9106) turns it into a key, slowly on purpose. */
import { BadObject } from "./bad-object.ts";
import { fromBase64url, toBase64url, utf8 } from "./bytes.ts";
import { type Check, isCount } from "./json.ts";

/** How slowly. */
export interface KdfParameters {
  /** Of memory, in KiB. */
  m: number;
  /** Passes over it. */
  t: number;
  /** Lanes. */
  p: number;
  /** In base64url. */
  salt: string;
}

/** The second choice that RFC 9106 recommends (4), with 64 MiB. */
const usual = { m: 65_536, t: 3, p: 4 };
const saltBytes = 16;
/** Less would be guessed, more would stop a phone: whatever a server says. */
const bounds = { m: [19_456, 262_144], t: [2, 10], p: [1, 4] } as const;

export function makeKdfParameters(): KdfParameters {
  return { ...usual, salt: toBase64url(crypto.getRandomValues(new Uint8Array(saltBytes))) };
}

/** Whether they are neither too weak nor too slow. */
export const isKdfParameters: Check<KdfParameters> = (value): value is KdfParameters => {
  if (typeof value !== "object" || value === null) return false;
  const { m, t, p, salt, ...more } = value as KdfParameters;
  const isWithin = (one: unknown, [least, most]: readonly [number, number]) =>
    isCount(one) && one >= least && one <= most;
  const isSound = isWithin(m, bounds.m) && isWithin(t, bounds.t) && isWithin(p, bounds.p);
  return isSound && typeof salt === "string" && isSalt(salt) && Object.keys(more).length === 0;
};

/** Argon2id with a tag of 32 bytes. Each side brings its own, so that nobody waits meanwhile: a browser has none built in. */
export type Argon2id = (
  passphrase: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  cost: Omit<KdfParameters, "salt">,
) => Promise<Uint8Array>;

/** 32 bytes. People type the same letters in several ways: they are composed first (Unicode, NFC). */
export async function passphraseWrap(
  { passphrase, argon2id }: { passphrase: string; argon2id: Argon2id },
  { salt, ...cost }: KdfParameters,
): Promise<Uint8Array> {
  if (passphrase === "") throw new BadObject("there is no passphrase");
  return argon2id(utf8(passphrase.normalize("NFC")), fromBase64url(salt), cost);
}

function isSalt(text: string): boolean {
  try {
    const { length } = fromBase64url(text);
    return length >= saltBytes && length <= 64;
  } catch {
    return false;
  }
}
