import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import type { Device } from "../schema.ts";
import { type Given, isOwn } from "./admit.ts";
import * as store from "./store.ts";

/** Keeps a device of the caller's session, which takes it over if it was another's. Errors: `unauthorized`. */
export function keepDevice(kit: Kit, actor: Actor, given: Given): Promise<Device> {
  return kit.db.transact(async (tx) => {
    await requireActor(tx, actor);
    const { userId, sessionId } = actor;
    const row = { ...given, userId, sessionId, createdAt: kit.clock.now() };
    const known = await store.findByToken(tx, given.token);
    if (isOwn(known, actor, given.channel)) {
      await store.updateDevice(tx, known.id, row);
      return { id: known.id };
    }
    if (known) await store.deleteDevice(tx, known);
    const id = await store.insertDevice(tx, row);
    await store.deleteOldDevices(tx, userId, kit.settings.devicesPerUser);
    return { id };
  });
}
