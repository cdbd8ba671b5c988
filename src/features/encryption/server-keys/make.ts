/** Keys that the server makes for somebody. What is private of them leaves here sealed, and is kept nowhere. */
import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { DirectoryEntry } from "../../../e2ee/directory.ts";
import { type Keychain, makeKeychainKey, sealKeychain, sealUnlock } from "../../../e2ee/keychain.ts";
import { kidOf, requireEncryptionKey, requireSigningKey } from "../../../e2ee/keys.ts";
import { makeRecoveryKey, writeRecoveryKey } from "../../../e2ee/recovery-key.ts";
import { sign } from "../../../e2ee/signed.ts";
import type { Kit } from "../../../kit.ts";
import { type KeysBefore, type NewKeys, readNext, requireChangeLeft } from "../directory/next-entry.ts";
import { serverId } from "../server-id/server-id.ts";
import { cryptoSlots } from "./slots.ts";

/** What is unlocked by the recovery key, and by a passphrase where there is one. */
export interface ServerKeys extends NewKeys {
  /** As people write it down. */
  recoveryKey: string;
}

interface Wishes {
  passphrase?: string | undefined;
  /** Aborted when they are to be made now or not at all. */
  patience?: AbortSignal;
}

type PrivateJwk = Keychain["ik"][number];

interface PrivateKeys {
  ik: PrivateJwk;
  ek: PrivateJwk;
  signingKey: CryptoKey;
}

/**
 * Makes somebody's first keys, or others in place of those of before: an entry of custody `server`, a keychain and what unlocks it. Errors:
 * `e2ee_client_only` where that is switched off; `rate_limited`, `overloaded`.
 */
export async function makeServerKeys(
  kit: Kit,
  actor: Actor,
  before: KeysBefore,
  { passphrase, patience }: Wishes,
): Promise<ServerKeys> {
  if (kit.settings.e2eeServerCrypto === "off") throw new ChatError("e2ee_client_only");
  // Before the work: whoever asks again and again costs nothing.
  await kit.db.read((read) => requireChangeLeft(kit, read, actor.userId));
  const release = await cryptoSlots(kit).take(actor.userId, patience);
  try {
    const keys = await makePrivateKeys(kit);
    const next = await readNext(
      kit,
      actor,
      await signEntry(kit, actor, before, keys),
      before.entry,
      "server",
    );
    return { next, ...(await sealAll(kit, actor, before, keys, passphrase)) };
  } finally {
    release();
  }
}

async function makePrivateKeys({ slowCrypto }: Kit): Promise<PrivateKeys> {
  const how = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(how, true, ["sign", "verify"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", privateKey);
  const ik = { kty, crv, x, y, d } as PrivateJwk;
  return { ik, ek: { ...(await slowCrypto.rsaKey()) }, signingKey: privateKey };
}

async function signEntry(
  kit: Kit,
  { userId }: Actor,
  { entry }: KeysBefore,
  { ik, ek, signingKey }: PrivateKeys,
): Promise<string> {
  const sig = requireSigningKey({ kty: ik.kty, crv: ik.crv, x: ik.x, y: ik.y });
  const payload: DirectoryEntry = {
    v: 1,
    iss: await serverId(kit),
    sub: userId,
    seq: (entry?.seq ?? 0) + 1,
    prev: entry?.hash ?? null,
    sig,
    enc: requireEncryptionKey({ kty: ek.kty, n: ek.n, e: ek.e }),
    custody: "server",
    reason: entry ? "reset" : "init",
    iat: Math.floor(kit.clock.now() / 1000),
  };
  return sign("chat-key+jws", payload, await kidOf(sig), signingKey);
}

async function sealAll(
  kit: Kit,
  { userId: user }: Actor,
  { ver }: KeysBefore,
  { ik, ek }: PrivateKeys,
  passphrase: string | undefined,
): Promise<Omit<ServerKeys, "next">> {
  const owner = { iss: await serverId(kit), user };
  const [key, recoveryKey] = [makeKeychainKey(), makeRecoveryKey()];
  const unlock = [await sealUnlock(key, owner, { recoveryKey })];
  if (passphrase !== undefined)
    unlock.push(await sealUnlock(key, owner, { passphrase, argon2id: kit.slowCrypto.argon2id }));
  const content = { v: 1, ik: [ik], ek: [ek], pins: {}, chats: {} } satisfies Keychain;
  return {
    parts: { unlock, keychain: await sealKeychain(content, owner, ver + 1, key) },
    recoveryKey: writeRecoveryKey(recoveryKey),
  };
}
