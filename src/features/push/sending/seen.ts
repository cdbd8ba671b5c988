import type { Kit } from "../../../kit.ts";
import { sessionProofs } from "../../chat/index.ts";
import { type DeviceRow, isBrowser } from "../devices/store.ts";

/**
 * Up to which message of a chat a device need not be told: its user looks at the chat with a socket that has itself proved
 * to have received it, or the device is a phone of whose session some socket has, so that its app shows it. 0 for none.
 */
export function seenBy(kit: Kit, device: DeviceRow, chatId: number): number {
  const seen = kit.sockets.seenLooking(device.userId, chatId);
  // A browser's service worker is pushed to always, and is silent while a window is visible.
  return isBrowser(device) ? seen : Math.max(seen, sessionProofs(kit).upTo(device.sessionId, chatId));
}
