import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { type Outcome, type Push, PushUnavailable } from "../../../platform/push/push.ts";
import { requireActor } from "../../accounts/index.ts";
import type { PushTest } from "../schema.ts";
import { targetOf } from "../sending/to-push.ts";
import { takeTest } from "./budgets.ts";
import { type DeviceRow, deleteDevice, devicesOf } from "./store.ts";

/** Nobody needs to see it later. */
const ttlSeconds = 60;

/** Pushes something to all devices of the caller, at once, and says what each one's service answered. Errors: `rate_limited`. */
export async function testDevices(kit: Kit, actor: Actor): Promise<PushTest> {
  const devices = await kit.db.read(async (read) => {
    const { id } = await requireActor(read, actor);
    return devicesOf(read, [id]);
  });
  takeTest(kit, actor.userId);
  const tried = devices.map(async (one) => {
    const { id, channel } = one;
    return { id, channel, ...toWire(await testDevice(kit, one)) };
  });
  return { devices: await Promise.all(tried) };
}

async function testDevice(kit: Kit, device: DeviceRow): Promise<Outcome> {
  const service = device.channel === "fcm" ? kit.push.fcm : kit.push.webPush;
  if (!service) return { status: "refused", detail: "This server has no credentials for FCM." };
  const content = { type: "test", title: "Parley", body: "Push works on this device." } as const;
  const push: Push = { target: targetOf(device), content, topic: "test", ttlSeconds };
  try {
    const [outcome] = await service.send([push]);
    if (outcome?.status === "gone") await kit.db.transact((tx) => deleteDevice(tx, device));
    return outcome ?? { status: "later", detail: "There was no answer." };
  } catch (error) {
    if (!(error instanceof PushUnavailable)) throw error;
    return { status: "later", detail: error.message };
  }
}

function toWire(outcome: Outcome): Pick<PushTest["devices"][number], "outcome" | "detail"> {
  const detail = outcome.status === "accepted" ? "The push service has taken it." : outcome.detail;
  return { outcome: outcome.status, detail };
}
