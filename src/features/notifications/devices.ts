import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import { requireActor } from "../accounts/people.ts";
import type { NotificationsDeps } from "./deps.ts";
import * as store from "./devices-store.ts";
import type * as wire from "./schema.ts";

/** The verbs about the devices of one's sessions. A token is never shown again. */
export function createDevices({ db, clock, devicesPerUser }: NotificationsDeps) {
  /** A device is its last user's: whoever registers its token takes it over. */
  function registerDevice(
    actor: Actor,
    input: z.output<typeof wire.RegisterDevice>,
  ): Promise<z.infer<typeof wire.Device>> {
    return db.transact(async (tx) => {
      const { id: userId } = await requireActor(tx, actor);
      const token = (input.token ?? input.device_token)!;
      const { sessionId } = actor;
      const row = { userId, sessionId, token, platform: input.platform ?? null, createdAt: clock.now() };
      const known = await store.findByToken(tx, token);
      if (known?.userId === userId) {
        await store.updateDevice(tx, known.id, row);
        return { id: known.id };
      }
      if (known) await store.deleteDevice(tx, known.id);
      const id = await store.insertDevice(tx, row);
      await store.deleteOldDevices(tx, userId, devicesPerUser);
      return { id };
    });
  }

  /** Errors: `not_found`. */
  function removeDevice(actor: Actor, id: number): Promise<void> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      if ((await store.findDevice(tx, id))?.userId !== me.id) throw new ChatError("not_found");
      await store.deleteDevice(tx, id);
    });
  }

  return { registerDevice, removeDevice };
}
