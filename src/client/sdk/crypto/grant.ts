/** Grants: whoever lets somebody in may hand them the keys of epochs before, where the chat's policy says so. */
import { CompactEncrypt, compactDecrypt } from "jose";

import { BadObject } from "../../../e2ee/bad-object.ts";
import { fromBase64url, fromUtf8, toBase64url, utf8 } from "../../../e2ee/bytes.ts";
import { type GrantHeader, readGrantHeader } from "../../../e2ee/grants.ts";
import { isBytes, isCount, isId, isOne } from "../../../e2ee/json.ts";
import type { SigningKey } from "../../../e2ee/keys.ts";
import { readSigned, sign, verify } from "../../../e2ee/signed.ts";
import { kidOfEpochKey } from "./epoch-key.ts";
import type { EpochKey } from "./message.ts";

export interface Grant {
  v: 1;
  iss: string;
  chat: number;
  /** Whom it is for, and by which identity: that of the step that let them in. */
  to: number;
  to_kid: string;
  by: number;
  by_kid: string;
  /** The keys, by the number of their epoch. */
  epochs: [n: number, key: string][];
  /** Seconds since 1970. */
  iat: number;
}

/** Who may grant to whom: the author of the step `add`, and who was let in by it. */
export interface LetIn {
  iss: string;
  chat: number;
  to: number;
  toKid: string;
  by: number;
  byKid: string;
  byKey: SigningKey;
}

const mostBytes = 262_144;
/** More do not fit. */
export const mostEpochs = 1000;

/** `recipient`: their encryption key. */
export async function sealGrant(
  grant: Grant,
  privateKey: CryptoKey,
  recipient: { kid: string; publicKey: CryptoKey },
): Promise<string> {
  const signed = await sign("chat-grant+jws", grant, grant.by_kid, privateKey);
  const header: GrantHeader = {
    alg: "RSA-OAEP-256",
    enc: "A256GCM",
    typ: "chat-grant+jwe",
    kid: recipient.kid,
  };
  return new CompactEncrypt(utf8(signed)).setProtectedHeader({ ...header }).encrypt(recipient.publicKey);
}

/**
 * The keys that a grant hands over. `granted`: the thumbprints of the epochs' keys, by number, of those for which the policy allows it and whose
 * announcements lead to the first one that I can read. Errors: BadObject where somebody else than who let me in has granted it, to somebody
 * else, or another key.
 */
export async function openGrant(
  text: string,
  own: { kid: string; privateKey: CryptoKey },
  { iss, chat, to, toKid, by, byKid, byKey }: LetIn,
  granted: ReadonlyMap<number, string>,
): Promise<Map<number, EpochKey>> {
  const inside = await unseal(text, own);
  const signed = await readSigned<Grant>(
    inside,
    "chat-grant+jws",
    {
      v: isOne(1),
      iss: isOne(iss),
      chat: isOne(chat),
      to: isOne(to),
      to_kid: isOne(toKid),
      by: isOne(by),
      by_kid: isOne(byKid),
      epochs: areEpochs,
      iat: isCount,
    },
    mostBytes,
  );
  await verify(signed, byKey, byKid);
  const keys = new Map<number, EpochKey>();
  for (const [n, text] of signed.payload.epochs) {
    const key = fromBase64url(text);
    const kid = await kidOfEpochKey(key);
    if (granted.get(n) !== kid)
      throw new BadObject("it has another key than was announced, or one that nobody may grant");
    keys.set(n, { kid, key });
  }
  return keys;
}

export function grantedKeys(keys: ReadonlyMap<number, EpochKey>): Grant["epochs"] {
  return [...keys].map(([n, { key }]) => [n, toBase64url(key)]);
}

async function unseal(
  text: string,
  { kid, privateKey }: { kid: string; privateKey: CryptoKey },
): Promise<string> {
  if (readGrantHeader(text, mostBytes).kid !== kid) throw new BadObject("it is for another key");
  try {
    const algorithms = {
      keyManagementAlgorithms: ["RSA-OAEP-256"],
      contentEncryptionAlgorithms: ["A256GCM"],
    };
    const { plaintext } = await compactDecrypt(text, privateKey, algorithms);
    return fromUtf8(plaintext);
  } catch {
    throw new BadObject("it does not open");
  }
}

function areEpochs(value: unknown): value is Grant["epochs"] {
  const isEpoch = (one: unknown) =>
    Array.isArray(one) && one.length === 2 && isId(one[0]) && isBytes(32)(one[1]);
  return Array.isArray(value) && value.length > 0 && value.length <= mostEpochs && value.every(isEpoch);
}
