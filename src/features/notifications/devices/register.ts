import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import type { Device, RegisterDevice } from "../schema.ts";
import * as store from "./store.ts";

/**
 * The device of the caller's session can be reached by this token, which is never shown again. A device is its last
 * user's: whoever registers its token takes it over. Errors: `validation`.
 */
export function registerDevice(kit: Kit, actor: Actor, input: RegisterDevice): Promise<Device> {
  return kit.db.transact(async (tx) => {
    const { id: userId } = await requireActor(tx, actor);
    const token = input.token ?? input.device_token;
    if (!token) throw invalid("token", "must be given");
    const { sessionId } = actor;
    const row = { userId, sessionId, token, platform: input.platform ?? null, createdAt: kit.clock.now() };
    const known = await store.findByToken(tx, token);
    if (known?.userId === userId) {
      await store.updateDevice(tx, known.id, row);
      return { id: known.id };
    }
    if (known) await store.deleteDevice(tx, known.id);
    const id = await store.insertDevice(tx, row);
    await store.deleteOldDevices(tx, userId, kit.settings.devicesPerUser);
    return { id };
  });
}
