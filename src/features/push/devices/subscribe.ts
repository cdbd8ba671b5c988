import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Device, Subscribe } from "../schema.ts";
import { admitDevice } from "./admit.ts";
import { keepDevice } from "./keep.ts";

/**
 * The browser, or UnifiedPush distributor, of the caller's session can be reached by this subscription. A subscription is
 * its last user's. Errors: `rate_limited`, `validation`, also for addresses that this server does not call.
 */
export async function subscribe(kit: Kit, actor: Actor, { endpoint, keys }: Subscribe): Promise<Device> {
  const row = { channel: "web_push" as const, token: endpoint, platform: null, ...keys };
  await admitDevice(kit, actor, row);
  const wrong = await kit.push.webPush.problemWith(endpoint);
  if (wrong) throw invalid("endpoint", `must ${wrong}`);
  return keepDevice(kit, actor, row);
}
