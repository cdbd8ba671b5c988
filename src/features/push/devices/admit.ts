import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { takeRegistration } from "./budgets.ts";
import { type DeviceRow, findByToken } from "./store.ts";

/** A device as it was given. */
export type Given = Pick<DeviceRow, "channel" | "token" | "platform" | "p256dh" | "auth">;

/**
 * Before a device is kept, or its address looked up: its keys are good, and a new one counts. Errors: `validation`,
 * `unauthorized`, `rate_limited`.
 */
export async function admitDevice(kit: Kit, actor: Actor, given: Given): Promise<void> {
  const { channel, token, p256dh, auth } = given;
  const wrong = p256dh !== null && auth !== null && kit.push.problemWithKeys({ p256dh, auth });
  if (wrong) throw invalid(`keys.${wrong.field}`, `must ${wrong.problem}`);
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
