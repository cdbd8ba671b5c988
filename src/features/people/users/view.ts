import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { type Profile, toUser, type User } from "../../accounts/index.ts";
import { acquainted } from "../../chat/index.ts";

/** People as `viewer` sees them. Whether they are online is for oneself and those who share a chat. */
export async function viewUsers(kit: Kit, read: Read, viewer: number, rows: Profile[]): Promise<User[]> {
  const ids = rows.map((row) => row.id);
  const known = (await acquainted(read, viewer, ids)).add(viewer);
  const isOnline = (userId: number) => kit.presence.isOnline(userId);
  return rows.map((row) => toUser(row, known.has(row.id) ? isOnline : undefined));
}
