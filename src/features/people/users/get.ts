import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor, type User } from "../../accounts/index.ts";
import { findSeen } from "./seen.ts";
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
    return viewUsers(kit, read, me.id, await findSeen(read, me.id, ids));
  });
}
