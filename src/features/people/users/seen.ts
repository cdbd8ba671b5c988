import type { Read } from "../../../platform/db/database.ts";
import { type Profile, profilesById } from "../../accounts/index.ts";
import { sharingChat } from "../../chat/index.ts";

/** Those of `ids` whom `viewer` may see, each once, in this order: whoever has left only those who share a chat with them. */
export async function findSeen(read: Read, viewer: number, ids: readonly number[]): Promise<Profile[]> {
  const known = await profilesById(read, [...ids]);
  const gone = [...known.values()].filter((row) => !row.isActive).map((row) => row.id);
  const stillSeen = await sharingChat(read, viewer, gone);
  const rows = [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
  return rows.filter((row) => row.isActive || stillSeen.has(row.id));
}
