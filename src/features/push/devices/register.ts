import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Device, RegisterDevice } from "../schema.ts";
import { admitDevice } from "./admit.ts";
import { keepDevice } from "./keep.ts";

/**
 * The device of the caller's session can be reached by this token, which is never shown again. A device is its last
 * user's: whoever registers its token takes it over. Errors: `validation`, `rate_limited`.
 */
export async function registerDevice(kit: Kit, actor: Actor, input: RegisterDevice): Promise<Device> {
  const token = input.token ?? input.device_token;
  if (!token) throw invalid("token", "must be given");
  const { p256dh = null, auth = null } = input.keys ?? {};
  const row = { channel: "fcm" as const, token, platform: input.platform ?? null, p256dh, auth };
  await admitDevice(kit, actor, row);
  return keepDevice(kit, actor, row);
}
