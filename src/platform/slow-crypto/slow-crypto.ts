/** What of cryptography takes so long that everybody else would wait for it: done on other threads. */

/** A private RSA key as JWK (RFC 7518, 6.3). */
export interface RsaKey {
  kty: "RSA";
  n: string;
  e: string;
  d: string;
  p: string;
  q: string;
  dp: string;
  dq: string;
  qi: string;
}

/** What Argon2id costs (RFC 9106, 3.1): memory in KiB, passes over it, and lanes. */
export interface Argon2Cost {
  m: number;
  t: number;
  p: number;
}

export interface SlowCrypto {
  /** A new key of 3072 bits with the exponent 65537, which nobody else gets: some 300 ms, or none where one is ready. */
  rsaKey(): Promise<RsaKey>;
  /** Argon2id (RFC 9106) with a tag of 32 bytes: some 100 ms with 64 MiB. */
  argon2id(password: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array>;
  /** Forgets keys that are ready. */
  close(): Promise<void>;
}
