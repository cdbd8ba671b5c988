/** Somebody's notifications in chunks, newest first: what of them is to be seen, other features know. */
import type { Read } from "../../../platform/db/database.ts";
import { isRead, type Item } from "../items.ts";
import * as store from "./store.ts";
import { visibleAmong } from "./visible.ts";

/** The first chunk has as many as are wanted, and mostly that is enough; each one after it twice as many. */
const largestChunk = 1000;

/** At the most as many are looked at as there are: those that were marked as read are kept only for a time. */
export async function* visibleChunks(
  read: Read,
  userId: number,
  { before, wanted }: { before: number; wanted: number },
): AsyncGenerator<Item[], void, void> {
  let last: number | undefined = before;
  for (let limit = wanted; last !== undefined; limit = Math.min(limit * 2, largestChunk)) {
    const rows = await store.pageOfNotifications(read, userId, { before: last, limit });
    yield visibleAmong(read, userId, rows);
    last = rows.length < limit ? undefined : rows.at(-1)?.id;
  }
}

/** Those of them that are unread. At the most as many are looked at as are not marked as read. */
export async function* unreadChunks(
  read: Read,
  userId: number,
  { before, wanted }: { before: number; wanted: number },
): AsyncGenerator<Item[], void, void> {
  const ids = await store.unmarkedIds(read, userId, before);
  for (let limit = wanted; ids.length > 0; limit = Math.min(limit * 2, largestChunk)) {
    const rows = await store.findByIds(read, ids.splice(0, limit));
    const visible = await visibleAmong(read, userId, rows);
    yield visible.filter((one) => !isRead(one.row, one.member));
  }
}
