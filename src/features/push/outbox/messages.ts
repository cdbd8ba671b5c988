import { type Done, mostRows, type Task } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { type Outline, outlinesOf, pageOfUnmutedLaggards } from "../../chat/index.ts";
import { connectedIn, firstNews, isNews } from "../../notifications/index.ts";
import { reachableDevices } from "../devices/reachable.ts";
import { tellDevices } from "./tell.ts";

/**
 * Devices of those who have not read these messages are to be told of them, chat by chat. Whoever is mentioned has a
 * notification of that.
 */
export async function tellOfMessages(kit: Kit, read: Read, ids: Set<number>): Promise<Task[]> {
  if (ids.size === 0) return [];
  const messages = (await outlinesOf(read, ids)).filter((one) => isNews(one) && !one.mentionsAll);
  const byChat = Map.groupBy(messages, (one) => one.chatId);
  return [...byChat].map(([chatId, inChat]) => tellPage(kit, chatId, inChat, 0));
}

function tellPage(kit: Kit, chatId: number, messages: Outline[], after: number): Task {
  return async (tx: Tx): Promise<Done> => {
    const lastId = messages.at(-1)?.id ?? 0;
    const behind = { chatId, messageId: lastId };
    const members = await pageOfUnmutedLaggards(tx, "read", behind, { after, limit: mostRows });
    const firstIds = new Map(
      members.map((one) => [one.userId, firstNews(messages, one.userId, one.lastReadId)?.id]),
    );
    const devices = await reachableDevices(kit, tx, firstIds.keys());
    const connected = new Set(devices.length > 0 ? connectedIn(kit, chatId) : []);
    const told = devices.flatMap((device) => {
      const firstId = firstIds.get(device.userId);
      if (firstId === undefined) return [];
      return [{ device, chatId, firstId, lastId, isConnected: connected.has(device.userId) }];
    });
    await tellDevices(kit, tx, told);
    const last = members.at(-1);
    const isFull = members.length === mostRows;
    // Members without a device are little work.
    return {
      rows: 1 + told.length + Math.floor(members.length / 20),
      next: isFull && last ? [tellPage(kit, chatId, messages, last.userId)] : [],
    };
  };
}
