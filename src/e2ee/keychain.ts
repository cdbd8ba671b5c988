/** The keychain: somebody's private keys, kept on the server as what only they can open. */
import type { JWK } from "jose";

import { BadObject } from "./bad-object.ts";
import { fromUtf8, utf8 } from "./bytes.ts";
import { isCount, isHash, isId, isOne, parseExact, requireShape } from "./json.ts";
import { recoveryWrap } from "./recovery-key.ts";
import {
  type Argon2id,
  isKdfParameters,
  type KdfParameters,
  makeKdfParameters,
  passphraseWrap,
} from "./passphrase.ts";
import { readHeader, seal, type SealedHeader, unseal } from "./sealed.ts";

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

interface KeychainHeader extends SealedHeader {
  typ: "chat-keychain+jwe";
  iss: string;
  sub: number;
  /** Rises with each change. */
  ver: number;
}

interface RecoveryHeader extends SealedHeader {
  typ: "chat-unlock+jwe";
  iss: string;
  sub: number;
  kdf: "hkdf-sha256";
}

interface PassphraseHeader extends Omit<RecoveryHeader, "kdf"> {
  kdf: "argon2id";
  params: KdfParameters;
}

/** What opens a keychain. */
export type Secret = { recoveryKey: Uint8Array<ArrayBuffer> } | { passphrase: string; argon2id: Argon2id };

export interface Owner {
  iss: string;
  user: number;
}

const most = { keychain: 1_048_576, unlock: 2048 };
const kcBytes = 32;

export function makeKeychainKey(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(kcBytes));
}

export function sealKeychain(
  keychain: Keychain,
  { iss, user }: Owner,
  ver: number,
  key: Uint8Array,
): Promise<string> {
  const header: KeychainHeader = { typ: "chat-keychain+jwe", iss, sub: user, ver };
  return seal(header, key, utf8(JSON.stringify(keychain)));
}

/**
 * Errors: BadObject where the key is another one, it is somebody else's, or an older one than `ver` says: a server that gives out an old one
 * would take back what has been verified since.
 */
export async function openKeychain(
  text: string,
  { iss, user }: Owner,
  ver: number,
  key: Uint8Array,
): Promise<Keychain> {
  const checks = { iss: isOne(iss), sub: isOne(user), ver: isOne(ver) };
  readHeader<KeychainHeader>(text, "chat-keychain+jwe", checks, most.keychain);
  return requireShape<Keychain>(parseExact(fromUtf8(await unseal(text, key))), {
    v: isOne(1),
    ik: isKeys,
    ek: isKeys,
    pins: isRecordOf((one): one is Pin => isPin(one)),
    chats: isRecordOf((one): one is ChatMark => isMark(one)),
  });
}

/** The keychain's key, wrapped under a recovery key or a passphrase. */
export async function sealUnlock(
  key: Uint8Array<ArrayBuffer>,
  { iss, user }: Owner,
  secret: Secret,
): Promise<string> {
  const common = { typ: "chat-unlock+jwe", iss, sub: user } as const;
  if ("recoveryKey" in secret) {
    const header: RecoveryHeader = { ...common, kdf: "hkdf-sha256" };
    return seal(header, await recoveryWrap(secret.recoveryKey, iss, user), key);
  }
  const params = makeKdfParameters();
  const header: PassphraseHeader = { ...common, kdf: "argon2id", params };
  return seal(header, await passphraseWrap(secret, params), key);
}

/** Errors: BadObject where it is another recovery key or passphrase, or the parameters are too weak or too slow. */
export async function openUnlock(
  text: string,
  { iss, user }: Owner,
  secret: Secret,
): Promise<Uint8Array<ArrayBuffer>> {
  const common = { iss: isOne(iss), sub: isOne(user) };
  let wrap: Uint8Array;
  if ("recoveryKey" in secret) {
    const checks = { ...common, kdf: isOne<"hkdf-sha256">("hkdf-sha256") };
    readHeader<RecoveryHeader>(text, "chat-unlock+jwe", checks, most.unlock);
    wrap = await recoveryWrap(secret.recoveryKey, iss, user);
  } else {
    const checks = { ...common, kdf: isOne<"argon2id">("argon2id"), params: isKdfParameters };
    const header = readHeader<PassphraseHeader>(text, "chat-unlock+jwe", checks, most.unlock);
    wrap = await passphraseWrap(secret, header.params);
  }
  const key = await unseal(text, wrap);
  if (key.length !== kcBytes) throw new BadObject("it is no key of a keychain");
  return key;
}

function isKeys(value: unknown): value is JWK[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one?.kty === "string");
}

const isRecordOf =
  <T>(check: (value: unknown) => value is T) =>
  (value: unknown): value is Record<string, T> =>
    typeof value === "object" && value !== null && Object.values(value).every(check);

function isPin(value: unknown): boolean {
  const { ik, verified } = (value ?? {}) as Partial<Pin>;
  return isHash(ik) && typeof verified === "boolean";
}

function isMark(value: unknown): boolean {
  const { create, m, n } = (value ?? {}) as Partial<ChatMark>;
  return isHash(create) && isId(m) && isCount(n);
}
