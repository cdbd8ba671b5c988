import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { findSeen } from "../../people/index.ts";
import type { PublicKey } from "./schema.ts";
import { type EntryRow, findChains, findLastOfEach } from "./store.ts";
import { toPublicKey } from "./view.ts";

/** Of the chains in one answer: some 10 MB. 512 people may each have changed keys nine times. */
export const mostEntries = 5000;

/** Somebody's keys, with the whole chain where `withLog`. Errors: `not_found` as of a profile, `no_keys`. */
export function getPublicKey(kit: Kit, actor: Actor, userId: number, withLog: boolean): Promise<PublicKey> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const [person] = await findSeen(read, me.id, [userId]);
    if (!person) throw new ChatError("not_found", "This user was not found.");
    const [found] = await loadPublicKeys(read, [userId], withLog);
    if (!found) throw new ChatError("no_keys");
    return found;
  });
}

/** The keys of those of `userIds` whom one may see and who have some, each once, in this order. */
export function getPublicKeys(
  kit: Kit,
  actor: Actor,
  userIds: readonly number[],
  withLog: boolean,
): Promise<PublicKey[]> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const seen = await findSeen(read, me.id, userIds);
    const ids = seen.map((one) => one.id);
    return loadPublicKeys(read, ids, withLog);
  });
}

/** Those of `ids` who have keys, in this order. */
async function loadPublicKeys(read: Read, ids: readonly number[], withLog: boolean): Promise<PublicKey[]> {
  const rows = new Map((await findLastOfEach(read, ids)).map((row) => [row.userId, row]));
  const found = ids.flatMap((id) => rows.get(id) ?? []);
  const logs = await findChains(read, withLog ? fitting(found) : []);
  return found.map((row) => toPublicKey(row, logs.get(row.userId)));
}

/** Whose chains fit into one answer: each with those before it, and the first one in any case. */
function fitting(rows: readonly EntryRow[]): number[] {
  let entries = 0;
  return rows.flatMap(({ userId, seq }) => {
    // Counted from 1, the number of the last entry is how many there are.
    const isFitting = entries === 0 || entries + seq <= mostEntries;
    if (isFitting) entries += seq;
    return isFitting ? [userId] : [];
  });
}
