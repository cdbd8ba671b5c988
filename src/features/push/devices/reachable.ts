import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { channelsOn } from "../channels.ts";
import { type DeviceRow, devicesOf } from "./store.ts";

/** The devices of these people whose push service is on. */
export async function reachableDevices(
  kit: Kit,
  read: Read,
  userIds: Iterable<number>,
): Promise<DeviceRow[]> {
  const on = channelsOn(kit);
  return (await devicesOf(read, userIds)).filter((one) => on.includes(one.channel));
}
