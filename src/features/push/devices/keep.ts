import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { isOwn } from "./admit.ts";
import * as store from "./store.ts";

type Given = Pick<store.DeviceRow, "channel" | "token" | "platform" | "p256dh" | "auth">;

/** Keeps a device of a session, which takes it over if it was another's. Answers its id. */
export async function keepDevice(kit: Kit, tx: Tx, actor: Actor, given: Given): Promise<number> {
  const { userId, sessionId } = actor;
  const row = { ...given, userId, sessionId, createdAt: kit.clock.now() };
  const known = await store.findByToken(tx, given.token);
  if (isOwn(known, actor, given.channel)) {
    await store.updateDevice(tx, known.id, row);
    return known.id;
  }
  if (known) await store.deleteDevice(tx, known);
  const id = await store.insertDevice(tx, row);
  await store.deleteOldDevices(tx, userId, kit.settings.devicesPerUser);
  return id;
}
