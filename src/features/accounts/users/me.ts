import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Me } from "../schema.ts";
import { requireSelf, toMe } from "./account.ts";

/** One's own account. */
export function me(kit: Kit, actor: Actor): Promise<Me> {
  return kit.db.read(async (read) => toMe(kit, await requireSelf(read, actor)));
}
