import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import type { DeviceRow } from "../devices/store.ts";
import { outboxBound } from "../sending/bound.ts";
import { wakePushers } from "../sending/wake.ts";
import * as store from "./store.ts";
import { patienceMilliseconds } from "./timing.ts";

/** What a device is to be told of a chat. */
export interface News {
  device: Pick<DeviceRow, "id" | "userId" | "channel">;
  chatId: number;
  /** The first and the last message, or a notification. */
  firstId?: number;
  lastId?: number;
  notificationId?: number;
  /** Its user has a socket, and may read it by themselves or see that it comes. */
  isConnected: boolean;
}

/** Adds it to what they are to be told of already. */
export async function tellDevices(kit: Kit, tx: Tx, news: News[]): Promise<void> {
  if (news.length === 0) return;
  const now = kit.clock.now();
  for (const { device, chatId, firstId = 0, lastId = 0, notificationId = 0, isConnected } of news) {
    await store.tell(tx, {
      deviceId: device.id,
      chatId,
      userId: device.userId,
      channel: device.channel,
      firstId,
      lastId,
      notificationId,
      now,
      showAt: now + (isConnected ? patienceMilliseconds : 0),
    });
  }
  tx.onDurable(() => {
    outboxBound(kit).added(news.length);
    const isWaiting = news.every((one) => one.isConnected);
    wakePushers(kit, isWaiting ? now + patienceMilliseconds : now);
  });
}
