import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { ChannelName } from "../../../platform/push/push.ts";
import { requireActor } from "../../accounts/index.ts";
import * as store from "./store.ts";

/** Errors: `not_found`. */
export function removeDevice(kit: Kit, actor: Actor, channel: ChannelName, id: number): Promise<void> {
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const device = await store.findDevice(tx, id);
    if (device?.userId !== me.id || device.channel !== channel) throw new ChatError("not_found");
    await store.deleteDevice(tx, device);
  });
}
