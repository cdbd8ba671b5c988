import type { Task } from "../../../events/work.ts";
import { livingSessionIds } from "../../accounts/index.ts";
import { deleteDevicesBut } from "./store.ts";

/** Sessions of somebody are over, and with them what their devices are reached by. */
export function forgetEndedDevices(userId: number): Task {
  return async (tx) => {
    await deleteDevicesBut(tx, userId, await livingSessionIds(tx, userId));
    return { rows: 1 };
  };
}
