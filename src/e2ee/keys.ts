/** Public keys as JWK (RFC 7517): P-256 for signatures, RSA for OAEP. */
import { calculateJwkThumbprint, exportSPKI, importJWK, type JWK } from "jose";

import { BadObject } from "./bad-object.ts";
import { fromBase64url } from "./bytes.ts";
import { isBytes, isJson, isOne, type Json, requireShape } from "./json.ts";

/** IK: says who somebody is, and signs. */
export interface SigningKey {
  kty: "EC";
  crv: "P-256";
  x: string;
  y: string;
}

/** EK: what somebody is to read is encrypted for it. */
export interface EncryptionKey {
  kty: "RSA";
  n: string;
  e: "AQAB";
}

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const bits = { least: 2048, most: 4096 };

/** Errors: BadObject; `private_key_material` where more than the public part is there. */
export function requireSigningKey(value: unknown): SigningKey {
  const key = requireShape<SigningKey>(publicOf(value), {
    kty: isOne("EC"),
    crv: isOne("P-256"),
    x: isBytes(32),
    y: isBytes(32),
  });
  for (const one of [key.x, key.y]) fromBase64url(one);
  return key;
}

/** RSA of 2048 to 4096 bits with the exponent 65537. Errors: as of `requireSigningKey`. */
export function requireEncryptionKey(value: unknown): EncryptionKey {
  const isModulus = (n: unknown): n is string =>
    typeof n === "string" && n.length <= (bits.most / 8 / 3) * 4 + 4;
  const key = requireShape<EncryptionKey>(publicOf(value), {
    kty: isOne("RSA"),
    n: isModulus,
    e: isOne("AQAB"),
  });
  const modulus = fromBase64url(key.n);
  // Base64urlUInt (RFC 7518, section 2): with zeros before it the same key would have another thumbprint.
  if (modulus[0] === 0) throw new BadObject("its RSA key begins with zeros");
  const size = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (size < bits.least || size > bits.most) throw new BadObject(`its RSA key has ${size} bits`);
  return key;
}

/** `kid`: the thumbprint of RFC 7638, by SHA-256. */
export function kidOf(key: SigningKey | EncryptionKey): Promise<string> {
  return calculateJwkThumbprint(key as unknown as Parameters<typeof calculateJwkThumbprint>[0], "sha256");
}

/** A private key with the thumbprint of its public part. */
export interface PrivateKey {
  kid: string;
  privateKey: CryptoKey;
}

/** Of a keychain. Errors: BadObject where it is no private key for this algorithm. */
export async function importPrivateKey(jwk: JWK, alg: "ES256" | "RSA-OAEP-256"): Promise<PrivateKey> {
  try {
    const privateKey = (await importJWK(jwk, alg)) as CryptoKey;
    if (privateKey.type === "private")
      return { kid: await calculateJwkThumbprint(jwk, "sha256"), privateKey };
  } catch {
    // As for one that is public.
  }
  throw new BadObject("a private key is none");
}

export async function importEncryptionKey(key: EncryptionKey): Promise<CryptoKey> {
  return (await importJWK({ ...key }, "RSA-OAEP-256")) as CryptoKey;
}

/** SubjectPublicKeyInfo in PEM (RFC 7468, 13). Errors: BadObject for numbers that are no key. */
export async function toPem(key: EncryptionKey): Promise<string> {
  try {
    return await exportSPKI(await importEncryptionKey(key));
  } catch {
    throw new BadObject("its RSA key is none");
  }
}

function publicOf(value: unknown): Json {
  if (!isJson(value)) throw new BadObject("a key is missing");
  if (privateMembers.some((name) => name in value))
    throw new BadObject("a private key must stay where it is", "private_key_material");
  return value;
}
