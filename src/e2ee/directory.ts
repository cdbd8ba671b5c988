/** The directory: of each person a chain of entries, each of which names their keys from then on. */
import { BadObject } from "./bad-object.ts";
import { isCount, isHash, isOne, orNull } from "./json.ts";
import {
  type EncryptionKey,
  kidOf,
  requireEncryptionKey,
  requireSigningKey,
  type SigningKey,
} from "./keys.ts";
import { readSigned, type Signed, verify } from "./signed.ts";

export interface DirectoryEntry {
  v: 1;
  /** The server's id. */
  iss: string;
  /** Whose keys they are. */
  sub: number;
  /** From 1. */
  seq: number;
  /** H of the entry before; null in the first. */
  prev: string | null;
  sig: SigningKey;
  enc: EncryptionKey;
  /** Who has made the keys: of those that a server has made it can know all. */
  custody: "client" | "server";
  reason: "init" | "rotate" | "reset";
  /** Seconds since 1970. */
  iat: number;
}

/** What an entry needs of the one before it. */
export type EntryBefore = Pick<Entry, "seq" | "hash" | "sig" | "sigKid" | "encKid" | "custody">;

/** An entry that has been checked. */
export interface Entry extends DirectoryEntry {
  /** As it came. */
  text: string;
  hash: string;
  sigKid: string;
  encKid: string;
}

/** Two keys, two signatures and two headers, three times over. */
export const mostEntryBytes = 8192;

/**
 * Reads the entry that follows `before`, the first where that is undefined. Errors: BadObject for anything that does not follow from it:
 * another person's, one that leaves something out, an identity that changes without the old one's word and is no `reset`.
 */
export async function readEntry(
  text: string,
  { iss, sub, before }: { iss: string; sub: number; before: EntryBefore | undefined },
): Promise<Entry> {
  const signed = await readSigned<DirectoryEntry>(
    text,
    "chat-key+jws",
    {
      v: isOne(1),
      iss: isOne(iss),
      sub: isOne(sub),
      seq: isOne((before?.seq ?? 0) + 1),
      prev: orNull(isHash),
      sig: (value): value is SigningKey => requireSigningKey(value) !== undefined,
      enc: (value): value is EncryptionKey => requireEncryptionKey(value) !== undefined,
      custody: isOne("client", "server"),
      reason: isOne("init", "rotate", "reset"),
      iat: isCount,
    },
    mostEntryBytes,
  );
  const { payload } = signed;
  if (payload.prev !== (before?.hash ?? null)) throw new BadObject("it does not follow the entry before it");
  const sigKid = await kidOf(payload.sig);
  const entry = { ...payload, text, hash: signed.hash, sigKid, encKid: await kidOf(payload.enc) };
  requireReason(entry, before);
  await requireSignatures(signed, entry, before);
  return entry;
}

function requireReason({ reason, sigKid, encKid, custody }: Entry, before: EntryBefore | undefined): void {
  if ((reason === "init") !== (before === undefined))
    throw new BadObject("its reason is not what it has to be");
  if (!before || reason === "init") return;
  const isSame = before.sigKid === sigKid;
  if (reason === "reset") {
    if (isSame || before.encKid === encKid) throw new BadObject("a reset has new keys");
    return;
  }
  if (before.custody !== custody) throw new BadObject("who keeps the keys changes with a reset alone");
  if (!isSame && before.custody === "server")
    throw new BadObject("an identity that a server made ends with a reset");
}

async function requireSignatures(
  signed: Signed<DirectoryEntry>,
  { sig, sigKid, reason }: Entry,
  before: EntryBefore | undefined,
): Promise<void> {
  const isHandedOver = reason === "rotate" && before !== undefined && before.sigKid !== sigKid;
  if (signed.signatures.length !== (isHandedOver ? 2 : 1))
    throw new BadObject("it has not the signatures that it needs");
  if (signed.signatures[0]?.kid !== sigKid) throw new BadObject("somebody else has signed it");
  await verify(signed, sig, sigKid);
  if (isHandedOver) await verify(signed, before.sig, before.sigKid);
}
