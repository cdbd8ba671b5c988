/** Who an epoch has to be for: neither more nor fewer, so that no maker of one decides who reads. */
import type { RosterRow } from "../../../e2ee/epochs.ts";
import type { Read } from "../../../platform/db/database.ts";
import { activeAmong } from "../../accounts/index.ts";
import { rolesIn } from "../../chat/index.ts";
import { identitiesOf, type Identity } from "../directory/identities.ts";
import { type EncryptedRow, toMembers } from "../membership/store.ts";
import { readersOf } from "./store.ts";

export interface Readers {
  roster: RosterRow[];
  withoutKeys: number[];
}

/** Everybody in a chat whose account is open, in the order of their ids, with their keys. */
async function presentIn(read: Read, chatId: number) {
  const there = (await rolesIn(read, chatId)).map((one) => one.userId);
  const open = await activeAmong(read, there);
  const ids = there.filter((id) => open.has(id));
  const identities = await identitiesOf(read, ids);
  const withoutKeys = ids.filter((id) => !identities.has(id));
  return { ids, identities, withoutKeys };
}

/** Everybody in a plain chat whose account is open, by whether they have confirmed keys. */
export async function readersOfPlain(read: Read, chatId: number): Promise<Readers> {
  const { identities, withoutKeys } = await presentIn(read, chatId);
  return { roster: [...identities].map(toRow).toSorted(byId), withoutKeys };
}

/**
 * Of an encrypted chat: who is in it and in its membership chain by the identity that the chain has of them, or one that it was handed over
 * to. Whoever was not in the epoch before needs a step that has let them in since then: clients take no other.
 */
export async function readersOfNext(read: Read, row: EncryptedRow): Promise<Readers> {
  const { identities, withoutKeys } = await presentIn(read, row.chatId);
  const members = toMembers(row);
  const before = new Set((await readersOf(read, row.chatId, [row.n])).map((one) => one.userId));
  const isIn = ([user, { ikKids }]: [number, Identity]) => {
    const member = members.get(user);
    if (!member || !ikKids.has(member.ikKid)) return false;
    return row.n === 0 || before.has(user) || member.since > row.epochM;
  };
  return { roster: [...identities].filter(isIn).map(toRow).toSorted(byId), withoutKeys };
}

function toRow([user, { ikKid, ekKid }]: [number, Identity]): RosterRow {
  return { user, ikKid, ekKid };
}

function byId(one: RosterRow, other: RosterRow): number {
  return one.user - other.user;
}
