/** What devices show, or are to be told of, may be read elsewhere, or gone. */
import { audienceId } from "../../../events/event.ts";
import type { JournalRow } from "../../../events/journal.ts";
import { mostRows, type Task } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { findMessages, type MessageRow, pageOfLaggards } from "../../chat/index.ts";
import { reachableDevices } from "../devices/reachable.ts";
import { isBrowser } from "../devices/store.ts";
import { wakePushers } from "../sending/wake.ts";
import * as store from "./store.ts";
import { badgeMilliseconds, closeMilliseconds } from "./timing.ts";

/** Somebody has read on in a chat (`ref`; 0 for several), or left it: events to themselves. */
export function afterReading(kit: Kit, rows: JournalRow[]): Task[] {
  const distinct = new Map(rows.map((row) => [`${row.audience} ${row.ref}`, row]));
  return [...distinct.values()].map((row) => async (tx) => {
    const userId = audienceId(row.audience);
    const at = kit.clock.now() + closeMilliseconds;
    await store.lookAtUser(tx, { userId, chatId: row.ref, at });
    await lookAtBadges(kit, tx, [userId]);
    tx.onDurable(() => wakePushers(kit, at));
    return { rows: 3 };
  });
}

/** Messages are deleted. */
export async function afterDeletion(kit: Kit, read: Read, ids: Set<number>): Promise<Task[]> {
  if (ids.size === 0) return [];
  const messages = await findMessages(read, ids);
  return messages.flatMap((message) => [shownPage(kit, message, 0), badgesPage(kit, message, 0)]);
}

/** Whoever shows it, or may be about to. */
function shownPage(kit: Kit, message: MessageRow, after: number): Task {
  const { id: messageId, chatId } = message;
  return async (tx) => {
    const at = kit.clock.now() + closeMilliseconds;
    const page = await store.pageAbout(tx, { chatId, messageId }, { after, limit: mostRows });
    const deviceIds = page.filter((one) => one.isAbout).map((one) => one.deviceId);
    await store.lookAtDevices(tx, { chatId, deviceIds, at });
    if (deviceIds.length > 0) tx.onDurable(() => wakePushers(kit, at));
    const last = page.length === mostRows ? page.at(-1)?.deviceId : undefined;
    return { rows: 1 + page.length, next: last === undefined ? [] : [shownPage(kit, message, last)] };
  };
}

/** Whoever had not read it has one message less to read. */
function badgesPage(kit: Kit, message: MessageRow, after: number): Task {
  return async (tx) => {
    const userIds = await pageOfLaggards(tx, "read", message, { after, limit: mostRows });
    await lookAtBadges(kit, tx, userIds);
    const last = userIds.length === mostRows ? userIds.at(-1) : undefined;
    return { rows: 1 + userIds.length, next: last === undefined ? [] : [badgesPage(kit, message, last)] };
  };
}

/** Only devices that show a number: more to read they are told of with the messages. */
async function lookAtBadges(kit: Kit, tx: Tx, userIds: number[]): Promise<void> {
  const at = kit.clock.now() + badgeMilliseconds;
  const devices = await reachableDevices(kit, tx, userIds);
  const showing = devices.filter((one) => !isBrowser(one) && one.badge > 0);
  for (const { id: deviceId, userId, channel } of showing) {
    await store.lookAtBadge(tx, { deviceId, userId, channel, at });
  }
  if (showing.length > 0) tx.onDurable(() => wakePushers(kit, at));
}
