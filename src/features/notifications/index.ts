/** The public face of notifications: what other features and the server may use. */
export { notifications } from "./feature.ts";
export { mentionNotification, notification, notificationsRead } from "./events.ts";
export { notifyAbout } from "./following/notify-about.ts";
export { connectedIn } from "./following/notify.ts";
export { firstNews, isNews } from "./following/outlines.ts";
export { findByIds as findNotifications } from "./lists/store.ts";
export { unreadAmong, unreadSince } from "./lists/unread.ts";
export { withdraw } from "./reading/withdraw.ts";
export { excerptOf, markOf, ofEncrypted } from "./rendering/excerpt.ts";
export { renderUnread } from "./rendering/unread-chat.ts";
export type { Notification, NotificationType } from "./schema.ts";
export type { NotificationRow } from "./tables.ts";
export { type CustomType, customTypes, type NotificationText } from "./types.ts";
