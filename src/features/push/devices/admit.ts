import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { takeRegistration } from "./budgets.ts";
import { type DeviceRow, findByToken } from "./store.ts";

/** Before a device is kept, or its address looked up: a new one counts. Errors: `unauthorized`, `rate_limited`. */
export async function admitDevice(
  kit: Kit,
  actor: Actor,
  { channel, token }: Pick<DeviceRow, "channel" | "token">,
): Promise<void> {
  const known = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    return findByToken(read, token);
  });
  if (!isOwn(known, actor, channel)) takeRegistration(kit, actor.userId);
}

/** Whether the caller has registered it before, in whichever session. */
export function isOwn(
  known: DeviceRow | undefined,
  { userId }: Actor,
  channel: DeviceRow["channel"],
): known is DeviceRow {
  return known?.userId === userId && known.channel === channel;
}
