import type { Push, Target } from "../../../platform/push/push.ts";
import type { DeviceRow } from "../devices/store.ts";
import type { Sending } from "./decide.ts";

/** Long enough for a phone that is off for a holiday's week. */
const ttlSeconds = 7 * 86_400;

export function toPush({ device, content, row }: Sending): Push {
  return { target: targetOf(device), content, topic: `chat-${row.chatId}`, ttlSeconds };
}

export function targetOf({ token, platform, p256dh, auth }: DeviceRow): Target {
  return { address: token, platform, keys: p256dh !== null && auth !== null ? { p256dh, auth } : null };
}
