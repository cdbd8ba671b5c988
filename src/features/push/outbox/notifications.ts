import type { Done, Task } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { connectedIn, findNotifications, type NotificationRow } from "../../notifications/index.ts";
import { reachableDevices } from "../devices/reachable.ts";
import { tellDevices } from "./tell.ts";

/** Those of messages only say that there is something unread, which follows from the messages. */
const ofMessages = "message";

/** So many people have a few hundred devices at the most. */
const people = 20;

/** The devices of those who have these notifications are to be told of them. */
export async function tellOfNotifications(kit: Kit, read: Read, ids: Set<number>): Promise<Task[]> {
  if (ids.size === 0) return [];
  const rows = (await findNotifications(read, ids)).filter((row) => row.type !== ofMessages);
  const byUser = [...Map.groupBy(rows, (row) => row.userId).values()];
  const tasks: Task[] = [];
  for (let at = 0; at < byUser.length; at += people) {
    const some = byUser.slice(at, at + people).flat();
    tasks.push((tx) => tellPeople(kit, tx, some));
  }
  return tasks;
}

async function tellPeople(kit: Kit, tx: Tx, rows: NotificationRow[]): Promise<Done> {
  const devices = await reachableDevices(kit, tx, new Set(rows.map((row) => row.userId)));
  const byUser = Map.groupBy(devices, (one) => one.userId);
  const connected = new Map(
    [...new Set(rows.map((row) => row.chatId))].map((id) => [id, new Set(connectedIn(kit, id))]),
  );
  // Oldest first: the first is where what a device is to be told begins.
  const told = rows.toReversed().flatMap(({ id: notificationId, userId, chatId }) => {
    const isConnected = connected.get(chatId)?.has(userId) ?? false;
    return (byUser.get(userId) ?? []).map((device) => ({ device, chatId, notificationId, isConnected }));
  });
  await tellDevices(kit, tx, told);
  return { rows: 1 + told.length };
}
