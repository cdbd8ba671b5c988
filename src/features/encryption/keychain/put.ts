import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { checkKeychain } from "./check.ts";
import { requireKeychain } from "./get.ts";
import type { PutKeychain } from "./schema.ts";
import { changeKeychain } from "./store.ts";

/** Changes one's keychain, which is `known` as yet; answers its new version. Errors: `no_keys`, `precondition_failed`, those of `checkKeychain`. */
export async function putKeychain(
  kit: Kit,
  actor: Actor,
  known: number,
  input: PutKeychain,
): Promise<number> {
  if (input.ver !== known + 1) throw invalid("ver", "must be one more than If-Match says");
  const parts = await checkKeychain(kit, input);
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const row = await requireKeychain(tx, me.id);
    if (row.ver !== known) throw new ChatError("precondition_failed");
    return changeKeychain(tx, row, parts);
  });
}
