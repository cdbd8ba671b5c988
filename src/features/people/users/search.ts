import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { findByNames, requireActor, type User } from "../../accounts/index.ts";
import { viewUsers } from "./view.ts";

export interface UserSearch {
  q: string;
  limit: number;
}

/** People by words of their names. Looks at every name, so it reads in the reading thread. Errors: those of `FairSlots`. */
export function searchUsers(
  kit: Kit,
  actor: Actor,
  { q, limit }: UserSearch,
  gone: AbortSignal,
): Promise<User[]> {
  const look = async (read: Read) => {
    await requireActor(read, actor);
    return viewUsers(kit, read, actor.userId, await findByNames(read, q, limit));
  };
  return kit.heavyReads.run(actor.userId, () => kit.db.readInThread(look), gone);
}
