/** Epochs: each has a key of its own, which is encrypted for everybody who may read from then on. */
import { BadObject } from "./bad-object.ts";
import { sha256, utf8 } from "./bytes.ts";
import { type General, readGeneral } from "./general.ts";
import { type Checks, isBytes, isCount, isHash, isId, isOne, orNull } from "./json.ts";
import type { Membership, MembershipContext } from "./membership.ts";
import { readSigned, type Signed } from "./signed.ts";

export interface Announcement {
  v: 1;
  iss: string;
  chat: number;
  /** From 1. */
  n: number;
  /** H of the announcement before; null in the first. */
  prev: string | null;
  /** The thumbprint of the epoch's key. */
  kid: string;
  /** The step of the membership chain that it is made for, and H of that. */
  m: number;
  members: string;
  /** `rosterHash` of who can read it. */
  roster: string;
  by: number;
  by_kid: string;
  reason: EpochReason;
  /** Seconds since 1970. */
  iat: number;
}

export const epochReasons = ["create", "membership", "keys", "count", "age", "repair", "restored"] as const;
export type EpochReason = (typeof epochReasons)[number];

/** Somebody who can read an epoch: their identity and the key that it is encrypted for. */
export interface RosterRow {
  user: number;
  ikKid: string;
  ekKid: string;
}

const mostBytes = 4096;
/** One recipient has some 700 bytes with RSA of 4096 bits. */
export const mostEnvelopeBytes = 524_288;

/** SHA-256 of the lines `user ik_kid ek_kid`, in the order of the ids. */
export function rosterHash(rows: readonly RosterRow[]): Promise<string> {
  const sorted = rows.toSorted((a, b) => a.user - b.user);
  return sha256(utf8(sorted.map(({ user, ikKid, ekKid }) => `${user} ${ikKid} ${ekKid}\n`).join("")));
}

/**
 * Reads the announcement that follows `before`. Whether its signature is right is checked by who knows the key. Errors: BadObject, also
 * for one that names another roster, or another state of the membership chain, than it is for.
 */
export async function readAnnouncement(
  text: string,
  context: {
    iss: string;
    chat: number;
    before: (Pick<Announcement, "n"> & { hash: string }) | undefined;
    membership: Pick<Membership, "m" | "hash">;
    roster: readonly RosterRow[];
  },
): Promise<Signed<Announcement>> {
  const { before, membership } = context;
  const signed = await readSigned(text, "chat-epoch+jws", checksOf(context), mostBytes);
  const { payload, signatures } = signed;
  if (payload.n !== (before?.n ?? 0) + 1 || payload.prev !== (before?.hash ?? null))
    throw new BadObject("it does not follow the epoch before it", "epoch_conflict");
  if (payload.m !== membership.m || payload.members !== membership.hash)
    throw new BadObject("it is for another state of the membership chain", "roster_mismatch");
  if (payload.roster !== (await rosterHash(context.roster)))
    throw new BadObject("its roster is not who can read it", "roster_mismatch");
  if (signatures.length !== 1 || signatures[0]?.kid !== payload.by_kid) {
    throw new BadObject("somebody else has signed it");
  }
  const author = context.roster.find((one) => one.user === payload.by);
  if (author?.ikKid !== payload.by_kid) throw new BadObject("who signed it is not in it");
  return signed;
}

function checksOf({ iss, chat }: { iss: string; chat: number }): Checks<Announcement> {
  return {
    v: isOne(1),
    iss: isOne(iss),
    chat: isOne(chat),
    n: isId,
    prev: orNull(isHash),
    kid: isHash,
    m: isId,
    members: isHash,
    roster: isHash,
    by: isId,
    by_kid: isHash,
    reason: isOne(...epochReasons),
    iat: isCount,
  };
}

/**
 * Errors: BadObject where somebody can read an epoch who may not: who is not in the membership chain at that step, is in it by another identity,
 * or comes in without a step that lets them in. Who is left out is no error: fewer readers are safe.
 */
export function requireRoster(
  rows: readonly RosterRow[],
  { members }: Pick<Membership, "members">,
  before: { m: number; users: ReadonlySet<number> } | undefined,
  isIdentityOf: MembershipContext["isIdentityOf"],
): void {
  const users = new Set(rows.map((one) => one.user));
  const keys = new Set(rows.map((one) => one.ekKid));
  if (users.size < rows.length || keys.size < rows.length)
    throw new BadObject("somebody is in it twice, or two people by one key");
  for (const { user, ikKid } of rows) {
    const member = members.get(user);
    if (!member) throw new BadObject("somebody can read it who is not in the chat");
    if (!isIdentityOf(user, member.ikKid, ikKid))
      throw new BadObject("somebody can read it by another identity");
    const isNew = before && !before.users.has(user);
    if (isNew && member.since <= before.m)
      throw new BadObject("somebody can read it whom nobody has let in again");
  }
}

/** What stands outside of an epoch's encrypted key. */
export interface EnvelopeHeader {
  enc: "A256GCM";
  typ: "chat-epoch+jwe";
  chat: number;
  n: number;
  /** H of the announcement. */
  ann: string;
}

/** An epoch's encrypted key. Errors: as of `readGeneral`. */
export function readEnvelope(
  text: string,
  { chat, n, ann }: Pick<EnvelopeHeader, "chat" | "n" | "ann">,
): General {
  const header: Checks<EnvelopeHeader> = {
    enc: isOne("A256GCM"),
    typ: isOne("chat-epoch+jwe"),
    chat: isOne(chat),
    n: isOne(n),
    ann: isOne(ann),
  };
  return readGeneral(text, header, isBytes(32), mostEnvelopeBytes);
}

/** Errors: BadObject where an epoch is not encrypted for exactly those in the roster. */
export function requireRecipients(
  recipients: ReadonlyMap<string, unknown>,
  roster: readonly RosterRow[],
): void {
  const isExact = recipients.size === roster.length && roster.every(({ ekKid }) => recipients.has(ekKid));
  if (!isExact)
    throw new BadObject("it is not encrypted for exactly those who are in the chat", "roster_mismatch");
}
