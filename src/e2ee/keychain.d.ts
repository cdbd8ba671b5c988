/** The keychain: somebody's private keys, kept on the server as what only they can open. */
import type { JWK } from "jose";
import { type Argon2id } from "./passphrase.ts";
/** Whom somebody has once seen by which identity. */
export interface Pin {
  ik: string;
  /** Their safety number was compared. */
  verified: boolean;
}
/** How far an encrypted chat has come, so that nobody can say later that it was plain, or less far. */
export interface ChatMark {
  /** H of the first step of its chain. */
  create: string;
  m: number;
  n: number;
}
export interface Keychain {
  v: 1;
  /** Private keys, newest first. */
  ik: JWK[];
  ek: JWK[];
  pins: Record<string, Pin>;
  chats: Record<string, ChatMark>;
}
/** What opens a keychain. */
export type Secret =
  | {
      recoveryKey: Uint8Array<ArrayBuffer>;
    }
  | {
      passphrase: string;
      argon2id: Argon2id;
    };
export interface Owner {
  iss: string;
  user: number;
}
export declare function makeKeychainKey(): Uint8Array<ArrayBuffer>;
export declare function sealKeychain(
  keychain: Keychain,
  { iss, user }: Owner,
  ver: number,
  key: Uint8Array,
): Promise<string>;
/**
 * Errors: BadObject where the key is another one, it is somebody else's, or an older one than `ver` says: a server that gives out an old one
 * would take back what has been verified since.
 */
export declare function openKeychain(
  text: string,
  { iss, user }: Owner,
  ver: number,
  key: Uint8Array,
): Promise<Keychain>;
/** The keychain's key, wrapped under a recovery key or a passphrase. */
export declare function sealUnlock(
  key: Uint8Array<ArrayBuffer>,
  { iss, user }: Owner,
  secret: Secret,
): Promise<string>;
/** Errors: BadObject where it is another recovery key or passphrase, or the parameters are too weak or too slow. */
export declare function openUnlock(
  text: string,
  { iss, user }: Owner,
  secret: Secret,
): Promise<Uint8Array<ArrayBuffer>>;
