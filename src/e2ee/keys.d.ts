/** Public keys as JWK (RFC 7517): P-256 for signatures, RSA for OAEP. */
import { type JWK } from "jose";
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
/** Errors: BadObject; `private_key_material` where more than the public part is there. */
export declare function requireSigningKey(value: unknown): SigningKey;
/** RSA of 2048 to 4096 bits with the exponent 65537. Errors: as of `requireSigningKey`. */
export declare function requireEncryptionKey(value: unknown): EncryptionKey;
/** `kid`: the thumbprint of RFC 7638, by SHA-256. */
export declare function kidOf(key: SigningKey | EncryptionKey): Promise<string>;
/** A private key with the thumbprint of its public part. */
export interface PrivateKey {
  kid: string;
  privateKey: CryptoKey;
}
/** Of a keychain. Errors: BadObject where it is no private key for this algorithm. */
export declare function importPrivateKey(jwk: JWK, alg: "ES256" | "RSA-OAEP-256"): Promise<PrivateKey>;
export declare function importEncryptionKey(key: EncryptionKey): Promise<CryptoKey>;
/** SubjectPublicKeyInfo in PEM (RFC 7468, 13). Errors: BadObject for numbers that are no key. */
export declare function toPem(key: EncryptionKey): Promise<string>;
