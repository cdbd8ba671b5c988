/** Keys of one's own, and the entries that publish them. */
import type { DirectoryEntry, Entry } from "../../../e2ee/directory.ts";
import type { Keychain } from "../../../e2ee/keychain.ts";
import {
  importPrivateKey,
  kidOf,
  type PrivateKey,
  requireEncryptionKey,
  requireSigningKey,
} from "../../../e2ee/keys.ts";
import { sign, signedByBoth } from "../../../e2ee/signed.ts";

export type PrivateJwk = Keychain["ik"][number];

export interface Pair {
  ik: PrivateJwk;
  ek: PrivateJwk;
}

const modulus = { modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };

export async function makeSigningKey(): Promise<PrivateJwk> {
  const how = { name: "ECDSA", namedCurve: "P-256" };
  return exported(await crypto.subtle.generateKey(how, true, ["sign", "verify"]));
}

export async function makeEncryptionKey(): Promise<PrivateJwk> {
  return exported(
    await crypto.subtle.generateKey({ name: "RSA-OAEP", ...modulus }, true, ["encrypt", "decrypt"]),
  );
}

export async function makePair(): Promise<Pair> {
  const [ik, ek] = await Promise.all([makeSigningKey(), makeEncryptionKey()]);
  return { ik, ek };
}

/** The thumbprint of a private key's public part. */
export function kidOfPrivate(jwk: PrivateJwk): Promise<string> {
  return kidOf(jwk.kty === "EC" ? publicSigning(jwk) : publicEncryption(jwk));
}

export function signingKeyOf(ik: PrivateJwk): Promise<PrivateKey> {
  return importPrivateKey(ik, "ES256");
}

/** One with this thumbprint. */
export async function findKey(jwks: readonly PrivateJwk[], kid: string): Promise<PrivateJwk | undefined> {
  for (const one of jwks) if ((await kidOfPrivate(one)) === kid) return one;
  return undefined;
}

/**
 * The entry after `before`. `old`: the signing key of before, which vouches for another one.
 */
export async function signEntry(
  place: { iss: string; sub: number; iat: number },
  before: Entry | undefined,
  { ik, ek }: Pair,
  how: { reason: DirectoryEntry["reason"]; custody: DirectoryEntry["custody"]; old?: PrivateJwk },
): Promise<string> {
  const { iss, sub, iat } = place;
  const payload: DirectoryEntry = {
    v: 1,
    iss,
    sub,
    seq: (before?.seq ?? 0) + 1,
    prev: before?.hash ?? null,
    sig: publicSigning(ik),
    enc: publicEncryption(ek),
    custody: how.custody,
    reason: how.reason,
    iat,
  };
  const signBy = async (jwk: PrivateJwk) => {
    const { kid, privateKey } = await signingKeyOf(jwk);
    return sign("chat-key+jws", payload, kid, privateKey);
  };
  const own = await signBy(ik);
  return how.old ? signedByBoth(own, await signBy(how.old)) : own;
}

function publicSigning({ kty, crv, x, y }: PrivateJwk) {
  return requireSigningKey({ kty, crv, x, y });
}

function publicEncryption({ kty, n, e }: PrivateJwk) {
  return requireEncryptionKey({ kty, n, e });
}

async function exported(pair: { privateKey: CryptoKey }): Promise<PrivateJwk> {
  const { alg: _, ext: __, key_ops: ___, ...jwk } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return jwk as PrivateJwk;
}
