import { type JWK } from "jose";

/** One object of each kind, with all keys that open it. Bytes are in base64url. */
export interface Vectors {
  iss: string;
  user: number;
  chat: number;
  /** Private keys: an identity, the one before it, and an encryption key. */
  keys: { ik: JWK; before: JWK; ek: JWK };
  /** By the names of `keys`. */
  kids: Record<"ik" | "before" | "ek", string>;
  /** A first entry, and one that hands over to another identity (general JWS with two signatures). */
  entries: { text: string; hash: string }[];
  recovery: { key: string; text: string; wrap: string };
  passphrase: { text: string; params: { m: number; t: number; p: number; salt: string }; wrap: string };
  /** The keychain's key under each of the two. */
  unlock: { recovery: string; passphrase: string };
  keychain: { key: string; ver: number; text: string; json: string };
  roster: { rows: { user: number; ikKid: string; ekKid: string }[]; hash: string };
  epoch: { key: string; kid: string; n: number; announcement: string; hash: string; envelope: string };
  message: { text: string; hash: string; mid: string; says: string };
  attachment: {
    secret: { key: string; nonce: string };
    sealed: string;
    sha256: string;
    size: number;
    plain: string;
  };
  safety: { other: { user: number; key: JWK }; number: string };
}
