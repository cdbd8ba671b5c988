import type { Read } from "../../../platform/db/database.ts";
import { isRead } from "../items.ts";
import { render } from "../rendering/render.ts";
import type { Notification } from "../schema.ts";
import type { NotificationRow } from "../tables.ts";
import { findByIds, type Since, unmarkedSince } from "./store.ts";
import { visibleAmong } from "./visible.ts";

/**
 * Those of these notifications that are unread and still have something to say, as each one's user sees it now. They are of
 * any people, and of other types than `message`.
 */
export async function unreadAmong(read: Read, ids: Iterable<number>): Promise<Notification[]> {
  const rows = await findByIds(read, ids);
  return toSay(
    read,
    rows.filter((row) => row.type !== "message"),
  );
}

/** The same of what people have in chats, each from an id on; newest first. */
export async function unreadSince(read: Read, of: Since[]): Promise<Notification[]> {
  return of.length === 0 ? [] : toSay(read, await unmarkedSince(read, of));
}

async function toSay(read: Read, rows: NotificationRow[]): Promise<Notification[]> {
  // Only what is said of messages is another for each user.
  const visible = await visibleAmong(read, 0, rows);
  return render(
    read,
    visible.filter((one) => !isRead(one.row, one.member)),
  );
}
