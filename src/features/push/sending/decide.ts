import type { Kit } from "../../../kit.ts";
import type { Content } from "../../../platform/push/push.ts";
import type { Notification } from "../../notifications/index.ts";
import { type DeviceRow, isBrowser } from "../devices/store.ts";
import type { OutboxRow } from "../outbox/store.ts";
import { longestMilliseconds, patienceMilliseconds } from "../outbox/timing.ts";
import { isSilent } from "../settings/silence.ts";
import { usualSettings } from "../settings/store.ts";
import { contentOf } from "./content.ts";
import type { Facts } from "./facts.ts";
import { seenBy } from "./seen.ts";

/** What is to be done with a row of the outbox. */
export type Decision =
  | { kind: "forget"; row: OutboxRow }
  /** There is nothing to tell; what is shown stays. `isGone`: until the next push closes it. */
  | { kind: "settle"; row: OutboxRow; isGone: boolean }
  /** Not yet. */
  | { kind: "wait"; row: OutboxRow; until: Partial<OutboxRow> }
  | Sending;

export interface Sending {
  kind: "send";
  row: OutboxRow;
  device: DeviceRow;
  content: Content;
  /** What the device shows of the chat afterwards. */
  shows: Pick<OutboxRow, "shownId" | "shownNotificationId">;
  /** The newest notification that this is about, or passes over; 0 for none. */
  newestNotificationId: number;
}

const showsNothing = { shownId: 0, shownNotificationId: 0 };

/** So many fit into a push. */
const mostClosed = 50;

/** Goes by what is so at this moment: whoever has read it meanwhile is not told, whatever was planned. */
export function decide(kit: Kit, facts: Facts, row: OutboxRow): Decision {
  const device = facts.devices.get(row.deviceId);
  if (!device) return { kind: "forget", row };
  const now = kit.clock.now();
  const { retryAt } = device;
  // No pause is longer: one that is was made before the clock was put back.
  if (now < retryAt && retryAt <= now + longestMilliseconds)
    return { kind: "wait", row, until: { dueAt: retryAt, isFailing: true } };
  if (row.chatId === 0) return decideBadge(facts, row, device);
  // Nobody waits for longer, however the clock has been set.
  const showAt = Math.min(row.showAt, now + patienceMilliseconds);
  if (row.showAt > 0 && now >= showAt) {
    const told = tell(kit, facts, row, device, now);
    if (told) return told;
  }
  const isGone = hasGone(facts, row);
  // Browsers take no push that shows nothing: theirs is closed with the next one that does.
  if (isGone && !isBrowser(device)) {
    const content: Content = { type: "read", chat_id: row.chatId, unread_messages: unreadOf(facts, row) };
    return { kind: "send", row, device, content, shows: showsNothing, newestNotificationId: 0 };
  }
  if (showAt > now) return { kind: "wait", row, until: { showAt, dueAt: showAt, isGone } };
  return { kind: "settle", row, isGone };
}

function unreadOf(facts: Facts, { userId }: OutboxRow): number {
  return facts.unread.get(userId) ?? 0;
}

/** The number on an app's icon. */
function decideBadge(facts: Facts, row: OutboxRow, device: DeviceRow): Decision {
  const unread_messages = unreadOf(facts, row);
  if (device.badge === unread_messages) return { kind: "settle", row, isGone: false };
  const content: Content = { type: "badge", unread_messages };
  return { kind: "send", row, device, content, shows: showsNothing, newestNotificationId: 0 };
}

/** Undefined when there is nothing to tell. */
function tell(kit: Kit, facts: Facts, row: OutboxRow, device: DeviceRow, now: number): Decision | undefined {
  const read = facts.membership(row)?.lastReadId ?? 0;
  const seen = Math.max(read, seenBy(kit, device, row.chatId));
  // What came later has its own time, and has been seen by then, probably.
  const showAt = Math.min(row.lastAt, now) + patienceMilliseconds;
  const isPartlySeen = row.firstId > 0 && seen >= row.firstId && seen < row.lastId;
  if (isPartlySeen && now < showAt) {
    return { kind: "wait", row, until: { firstId: seen + 1, showAt, dueAt: showAt } };
  }
  const notification = newsOf(facts, row, seen);
  const settings = facts.settings.get(row.userId) ?? usualSettings;
  const isOld = row.lastAt < now - longestMilliseconds;
  if (!notification || isOld || isSilent(settings, now)) return undefined;
  const sender = facts.people.get(notification.data.by_user_id ?? 0)?.username;
  const readChatIds = isBrowser(device)
    ? facts
        .gone(device.id)
        .filter((chatId) => chatId !== row.chatId)
        .slice(0, mostClosed)
    : [];
  const unreadMessages = unreadOf(facts, row);
  const content = contentOf({ notification, sender, unreadMessages, readChatIds }, settings.content);
  const isMessage = notification.notification_type === "message";
  const shows = isMessage
    ? { shownId: notification.data.message_id ?? row.lastId, shownNotificationId: 0 }
    : { shownId: 0, shownNotificationId: notification.id };
  const [newest] = facts.notifications(row);
  return { kind: "send", row, device, content, shows, newestNotificationId: newest?.id ?? 0 };
}

/** A device shows one thing of a chat: a mention goes before messages, and these before an invitation or a reaction. */
function newsOf(facts: Facts, row: OutboxRow, seen: number): Notification | undefined {
  const level = facts.membership(row)?.notify;
  const notifications = facts.notifications(row);
  const isMention = (one: Notification) => one.notification_type === "mention";
  const mention = notifications.find((one) => isMention(one) && seen < (one.data.message_id ?? 0));
  if (mention && level !== "none") return mention;
  const messages = level === "all" && row.lastId > seen ? facts.unreadChat(row) : undefined;
  const isWanted = (one: Notification) => level === "all" || one.notification_type === "group_invite";
  return messages ?? notifications.find((one) => !isMention(one) && isWanted(one));
}

/** It shows something that its user has read elsewhere, or that is there no more. */
function hasGone(facts: Facts, row: OutboxRow): boolean {
  if (row.shownNotificationId > 0) return facts.isOver(row.shownNotificationId);
  if (row.shownId === 0) return false;
  const member = facts.membership(row);
  return !member || row.shownId <= member.lastReadId || facts.isDeleted(row.shownId);
}
