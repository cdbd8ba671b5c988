/** The public face of notifications: what other features and the server may use. */
export { notifications } from "./feature.ts";
export { notifyAbout } from "./following/notify-about.ts";
export { withdraw } from "./reading/withdraw.ts";
export { excerptOf } from "./rendering/excerpt.ts";
export type { NotificationRow } from "./tables.ts";
export { type CustomType, customTypes, type NotificationText } from "./types.ts";
