import { type Kit, perKit } from "../../../kit.ts";
import { Pusher } from "./pusher.ts";

/** One for each service that is on. */
export const pushers = perKit((kit: Kit) => {
  const { fcm, webPush } = kit.push;
  return [fcm, webPush].flatMap((service) => (service ? [new Pusher(kit, service)] : []));
});

/** There may be something to send from this time on. */
export function wakePushers(kit: Kit, at: number): void {
  for (const one of pushers(kit)) one.wakeAt(at);
}
