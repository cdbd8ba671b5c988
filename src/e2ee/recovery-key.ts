/**
 * The recovery key: 16 random bytes that somebody writes down, as 26 symbols of Crockford's base32 and 2 that catch mistakes, in
 * groups of four: `ABCD-…`.
 */
import { BadObject } from "./bad-object.ts";
import { utf8 } from "./bytes.ts";

/** Without I, L, O and U, which are taken for others. */
const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const length = 16;
const checksumSymbols = 2;
const bitsEach = 5;
/** The greatest that two symbols can write the remainders of. */
const prime = 1021;

export function makeRecoveryKey(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function writeRecoveryKey(key: Uint8Array): string {
  const text = toSymbols(key) + checksumOf(key);
  return text.match(/.{4}/g)?.join("-") ?? "";
}

/** As people type it: small letters, spaces, O for 0, I and L for 1. Errors: BadObject where it has a mistake. */
export function readRecoveryKey(typed: string): Uint8Array<ArrayBuffer> {
  const text = typed.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  const key = fromSymbols(text.slice(0, -checksumSymbols));
  const isRight = key?.length === length && toSymbols(key) + checksumOf(key) === text;
  if (!isRight) throw new BadObject("this recovery key has a mistake");
  return key;
}

/** What wraps the keychain's key, by HKDF (RFC 5869) for one person of one server. */
export async function recoveryWrap(
  key: Uint8Array<ArrayBuffer>,
  iss: string,
  user: number,
): Promise<Uint8Array> {
  const material = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
  const info = utf8(`parley-recovery-1|${iss}|${user}`);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, material, 256));
}

/** The remainder by a prime: each wrong symbol, and each two neighbours in the wrong order, leave another. */
function checksumOf(key: Uint8Array): string {
  let rest = 0;
  for (const one of key) rest = (rest * 256 + one) % prime;
  return `${symbols[rest >>> bitsEach]}${symbols[rest & 31]}`;
}

function toSymbols(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const one of bytes) {
    held = (held << 8) | one;
    for (bits += 8; bits >= bitsEach; bits -= bitsEach) text += symbols[(held >>> (bits - bitsEach)) & 31];
    held &= 0xff;
  }
  return bits > 0 ? text + symbols[(held << (bitsEach - bits)) & 31] : text;
}

function fromSymbols(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const one of text) {
    const value = symbols.indexOf(one);
    if (value < 0) return undefined;
    held = ((held << bitsEach) | value) & 0xfff;
    bits += bitsEach;
    if (bits >= 8) bytes.push((held >>> (bits -= 8)) & 0xff);
  }
  return new Uint8Array(bytes);
}
