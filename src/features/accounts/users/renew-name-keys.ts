import type { Kit } from "../../../kit.ts";
import { keyMark, toNameKey } from "./name-search.ts";
import { findOtherKeys } from "./names-store.ts";
import { updateUser } from "./store.ts";

/** Names in one transaction. */
const keysAtOnce = 500;

/** Makes anew, before anybody searches, what names are searched by and was made by an earlier release. */
export async function renewNameKeys(kit: Kit): Promise<void> {
  for (let last: number | undefined = 0; last !== undefined;) last = await renewSome(kit, last);
}

/** Those behind `after`; answers the last of them, undefined when there was none. */
function renewSome({ db }: Kit, after: number): Promise<number | undefined> {
  return db.transact(async (tx) => {
    const rows = await findOtherKeys(tx, keyMark, after, keysAtOnce);
    for (const { id, fullName } of rows) await updateUser(tx, id, { nameKey: toNameKey(fullName) });
    return rows.at(-1)?.id;
  });
}
