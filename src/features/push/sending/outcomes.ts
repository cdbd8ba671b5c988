import { backoffAfter } from "../../../core/backoff.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import type { Outcome } from "../../../platform/push/push.ts";
import { connectedIn } from "../../notifications/index.ts";
import { deleteDevice, type DeviceRow, findDevice, setBadge, setFailures } from "../devices/store.ts";
import type { OutboxRow } from "../outbox/store.ts";
import { longestMilliseconds, patienceMilliseconds } from "../outbox/timing.ts";
import type { Sending } from "./decide.ts";
import * as store from "./store.ts";

/** Of a device that fails again and again. What is told is tried for an hour. */
const longestRetryMilliseconds = 300_000;
/** What closes something or changes a number is given up then: a later one makes up for it. */
const mostFailures = 8;

/** Writes down what has become of pushes. */
export async function settleAll(
  kit: Kit,
  tx: Tx,
  sendings: readonly Sending[],
  outcomes: readonly Outcome[],
): Promise<void> {
  for (const [i, sending] of sendings.entries()) {
    const outcome = outcomes[i];
    if (outcome) await settle(kit, tx, sending, outcome);
  }
}

async function settle(kit: Kit, tx: Tx, sent: Sending, outcome: Outcome): Promise<void> {
  const { row, content } = sent;
  const device = await findDevice(tx, row.deviceId);
  if (!device) return;
  if (outcome.status === "gone") return deleteDevice(tx, device);
  if (outcome.status === "later") {
    const failures = await putOff(
      kit,
      tx,
      { now: device, before: sent.device },
      outcome.retryAfterMilliseconds,
    );
    if ("title" in content || failures <= mostFailures) return;
  }
  const isTold = outcome.status === "accepted" || !("title" in content);
  await passOver(kit, tx, sent, isTold ? { ...sent.shows, isGone: false } : {});
  if (outcome.status === "accepted") await answered(tx, device, sent);
}

/**
 * All that waits for a device waits for longer. What fails together counts once: by how often the device had failed `before`.
 * Answers how often that is now.
 */
async function putOff(
  kit: Kit,
  tx: Tx,
  device: { now: DeviceRow; before: DeviceRow },
  atLeast = 0,
): Promise<number> {
  const backoff = backoffAfter(device.before.failures, longestRetryMilliseconds);
  const now = kit.clock.now();
  const longest = Math.min(device.now.retryAt, now + longestMilliseconds);
  const retryAt = Math.max(now + backoff, now + atLeast, longest);
  const failures = device.before.failures + 1;
  await setFailures(tx, device.now.id, { failures, retryAt });
  await store.postponeDevice(tx, device.now.id, retryAt);
  return failures;
}

async function answered(tx: Tx, device: DeviceRow, { content }: Sending): Promise<void> {
  if (device.failures > 0) await setFailures(tx, device.id, { failures: 0, retryAt: 0 });
  if ("read_chat_ids" in content) await store.setClosed(tx, device.id, content.read_chat_ids);
  if (device.channel === "fcm" && "unread_messages" in content) {
    await setBadge(tx, device.id, content.unread_messages);
  }
}

/** What it was about is not told again. What has been added meanwhile is left, and looked at. */
async function passOver(
  kit: Kit,
  tx: Tx,
  { row, content, newestNotificationId }: Sending,
  shows: Partial<OutboxRow>,
): Promise<void> {
  const current = await store.findRow(tx, row);
  if (!current) return;
  const isNew = current.revision !== row.revision;
  const news = isNew ? leftOf(kit, current, row, newestNotificationId) : store.nothingToTell;
  const left = "title" in content ? news : {};
  const { showAt, shownId, shownNotificationId } = { ...current, ...left, ...shows };
  const isShown = shownId > 0 || shownNotificationId > 0;
  if (!isNew && showAt === 0 && !isShown) return store.deleteRow(tx, row);
  const dueAt = isNew ? kit.clock.now() : showAt || null;
  await store.changeRow(tx, row, { ...left, ...shows, dueAt, isFailing: false });
}

type Left = Pick<OutboxRow, "firstId" | "lastId" | "notificationId" | "lastAt" | "showAt">;

/** What is to be told behind what was, in its own time. */
function leftOf(kit: Kit, current: OutboxRow, told: OutboxRow, newestNotificationId: number): Left {
  const { userId, chatId, lastAt } = current;
  const hasMessages = current.lastId > told.lastId;
  const hasNotifications = current.notificationId > 0;
  if (!hasMessages && !hasNotifications) return store.nothingToTell;
  const isConnected = connectedIn(kit, chatId).includes(userId);
  return {
    firstId: hasMessages ? told.lastId + 1 : 0,
    lastId: hasMessages ? current.lastId : 0,
    // Those up to there have been told, or passed over: if there are no later ones, there is nothing to say of them.
    notificationId: hasNotifications ? Math.max(newestNotificationId + 1, current.notificationId) : 0,
    lastAt,
    showAt: isConnected ? lastAt + patienceMilliseconds : kit.clock.now(),
  };
}
