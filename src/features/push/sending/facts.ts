import { byId } from "../../../core/by-id.ts";
import type { Read } from "../../../platform/db/database.ts";
import { livingAmong, type Profile, profilesById } from "../../accounts/index.ts";
import { deletedAmong, findMemberships, type Membership, unreadInAllOf } from "../../chat/index.ts";
import { type Notification, renderUnread, unreadAmong, unreadSince } from "../../notifications/index.ts";
import { type DeviceRow, findDevices } from "../devices/store.ts";
import type { OutboxRow } from "../outbox/store.ts";
import { findSettings, type PushSettingsRow } from "../settings/store.ts";
import { goneRows } from "./store.ts";

/** What decides about rows of the outbox, as it is now. */
export interface Facts {
  /** Those whose session lives. */
  devices: ReadonlyMap<number, DeviceRow>;
  settings: ReadonlyMap<number, PushSettingsRow>;
  /** How much each user has not read in all. */
  unread: ReadonlyMap<number, number>;
  people: ReadonlyMap<number, Profile>;
  membership(row: OutboxRow): Membership | undefined;
  /** What there is to read in the chat. */
  unreadChat(row: OutboxRow): Notification | undefined;
  /** What there is to tell besides messages; newest first. */
  notifications(row: OutboxRow): readonly Notification[];
  /** Whether a notification that is shown has been read, or is gone. */
  isOver(notificationId: number): boolean;
  /** Whether a message that is shown has been deleted. */
  isDeleted(messageId: number): boolean;
  /** Chats of which a browser shows what is gone. */
  gone(deviceId: number): number[];
}

/** At most so many chats of all browsers together are closed: the others with their next pushes. */
const mostGone = 500;

/** What many rows have in common is looked up once. */
export async function loadFacts(read: Read, rows: readonly OutboxRow[]): Promise<Facts> {
  const userIds = new Set(rows.map((row) => row.userId));
  const memberships = new Map((await findMemberships(read, rows)).map((one) => [keyOf(one), one]));
  const shownNotifications = rows.map((row) => row.shownNotificationId).filter((id) => id > 0);
  const valid = byId(await unreadAmong(read, shownNotifications));
  const deleted = await deletedAmong(read, new Set(rows.map((row) => row.shownId)));
  const devices = await livingDevices(read, rows);
  const gone = Map.groupBy(await goneRows(read, devices.keys(), mostGone), (row) => row.deviceId);
  return {
    ...(await loadNews(read, rows, memberships)),
    devices,
    settings: await findSettings(read, userIds),
    unread: await unreadInAllOf(read, userIds),
    membership: (row) => memberships.get(keyOf(row)),
    isOver: (id) => !valid.has(id),
    isDeleted: (messageId) => deleted.has(messageId),
    gone: (deviceId) => (gone.get(deviceId) ?? []).map((row) => row.chatId),
  };
}

async function livingDevices(read: Read, rows: readonly OutboxRow[]): Promise<Map<number, DeviceRow>> {
  const devices = await findDevices(read, new Set(rows.map((row) => row.deviceId)));
  const living = await livingAmong(read, new Set(devices.map((one) => one.sessionId)));
  return byId(devices.filter((one) => living.has(one.sessionId)));
}

async function loadNews(
  read: Read,
  rows: readonly OutboxRow[],
  memberships: ReadonlyMap<string, Membership>,
): Promise<Pick<Facts, "people" | "unreadChat" | "notifications">> {
  // They are the same for all devices of a user.
  const withMessages = new Set(rows.filter((row) => row.lastId > 0).map(keyOf));
  const members = [...withMessages].flatMap((key) => memberships.get(key) ?? []);
  const chats = await renderUnread(read, members);
  const unread = new Map(members.map((one, i) => [keyOf(one), chats[i]]));
  const first = new Map<string, { userId: number; chatId: number; id: number }>();
  for (const { userId, chatId, notificationId: id } of rows) {
    const known = first.get(keyOf({ userId, chatId }));
    if (id > 0 && !(known && known.id <= id)) first.set(keyOf({ userId, chatId }), { userId, chatId, id });
  }
  const notifications = await unreadSince(read, [...first.values()]);
  const byChat = Map.groupBy(notifications, (one) =>
    keyOf({ userId: one.user_id, chatId: one.data.chat_id }),
  );
  return {
    people: await profilesById(
      read,
      chats.flatMap((one) => one?.data.by_user_id ?? []),
    ),
    unreadChat: (row) => unread.get(keyOf(row)),
    notifications: (row) =>
      row.notificationId === 0
        ? []
        : (byChat.get(keyOf(row)) ?? []).filter((one) => one.id >= row.notificationId),
  };
}

function keyOf({ chatId, userId }: { chatId: number; userId: number }): string {
  return `${chatId} ${userId}`;
}
