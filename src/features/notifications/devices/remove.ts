import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import * as store from "./store.ts";

/** Errors: `not_found`. */
export function removeDevice(kit: Kit, actor: Actor, id: number): Promise<void> {
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    if ((await store.findDevice(tx, id))?.userId !== me.id) throw new ChatError("not_found");
    await store.deleteDevice(tx, id);
  });
}
