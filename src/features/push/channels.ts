import type { Kit } from "../../kit.ts";
import type { ChannelName } from "../../platform/push/push.ts";

/** The push services that are on. */
export function channelsOn({ push }: Pick<Kit, "push">): ChannelName[] {
  return [push.fcm, push.webPush].flatMap((one) => one?.name ?? []);
}
