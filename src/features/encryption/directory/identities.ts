import type { Read } from "../../../platform/db/database.ts";
import { findKeys } from "./store.ts";

/** Somebody's confirmed keys of now. */
export interface Identity {
  ikKid: string;
  ekKid: string;
  /** The identity of now and those that were handed over to it, one by one: since the last reset. */
  ikKids: ReadonlySet<string>;
}

/** Of those of `userIds` who have confirmed keys, by id. */
export async function identitiesOf(read: Read, userIds: Iterable<number>): Promise<Map<number, Identity>> {
  const identities = new Map<number, Identity>();
  for (const [userId, entries] of Map.groupBy(await findKeys(read, userIds), (row) => row.userId)) {
    const last = entries.at(-1);
    if (!last?.isConfirmed) continue;
    const reset = entries.findLastIndex((one) => one.reason === "reset");
    const ikKids = new Set(entries.slice(Math.max(0, reset)).map((one) => one.sigKid));
    identities.set(userId, { ikKid: last.sigKid, ekKid: last.encKid, ikKids });
  }
  return identities;
}
