/** The list of somebody's chats in pages, of which none misses a chat although chats move meanwhile. */
import { invalid } from "../../../core/errors.ts";
import type { Read } from "../../../platform/db/database.ts";
import * as store from "./store.ts";

/**
 * How far somebody has come in the list. `first` is the position of the chat that was the first when they began: what
 * has happened since is behind it. Up to it, they go down, and have come to `last`; then up again from it through what
 * has moved meanwhile, and then `last` is above it.
 */
interface ListCursor {
  first: number;
  last: number;
}

type Row = Awaited<ReturnType<typeof store.chatsBefore>>[number];

/** Last activity first, then those that have moved since the first page. `next`: the cursor of the next page. */
export async function pageOfChats(
  read: Read,
  userId: number,
  limit: number,
  cursor: ListCursor | undefined,
): Promise<{ rows: Row[]; next: string | null }> {
  const { first, last } = cursor ?? { first: undefined, last: Number.MAX_SAFE_INTEGER };
  const isGoingUp = first !== undefined && last > first;
  const rows = isGoingUp ? [] : await store.chatsBefore(read, userId, last, limit + 1);
  if (first !== undefined && rows.length <= limit) {
    rows.push(...(await store.chatsAfter(read, userId, isGoingUp ? last : first, limit + 1 - rows.length)));
  }
  if (rows.length <= limit) return { rows, next: null };
  const page = rows.slice(0, limit);
  return { rows: page, next: `${first ?? page[0]?.chat.activePos}-${page.at(-1)?.chat.activePos}` };
}

/** Errors: `validation`. */
export function parseListCursor(cursor: string | undefined): ListCursor | undefined {
  if (cursor === undefined) return undefined;
  const [, first, last] = /^(\d{1,16})-(\d{1,16})$/.exec(cursor) ?? [];
  if (last === undefined) throw invalid("query.cursor", "is not a next_cursor of this list");
  return { first: Number(first), last: Number(last) };
}
