import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { profilesById, requireActor, type User } from "../../accounts/index.ts";
import { sharingChat } from "../../chat/index.ts";
import { viewUsers } from "./view.ts";

/** One person. Errors: `not_found`, also for somebody who has left and shares no chat with the caller. */
export async function getUser(kit: Kit, actor: Actor, id: number): Promise<User> {
  const [found] = await getUsers(kit, actor, [id]);
  if (!found) throw new ChatError("not_found", "This user was not found.");
  return found;
}

/** Those of `ids` whom one may see, each once, in this order. */
export function getUsers(kit: Kit, actor: Actor, ids: number[]): Promise<User[]> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const known = await profilesById(read, ids);
    const gone = [...known.values()].filter((row) => !row.isActive).map((row) => row.id);
    const stillSeen = await sharingChat(read, me.id, gone);
    const rows = [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
    const seen = rows.filter((row) => row.isActive || stillSeen.has(row.id));
    return viewUsers(kit, read, me.id, seen);
  });
}
