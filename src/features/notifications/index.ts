/** The public face of notifications: what other features and the server may use. */
export { notifications } from "./feature.ts";
export { notify } from "./following/notify.ts";
export { withdraw } from "./reading/withdraw.ts";
export { excerptOf } from "./rendering/excerpt.ts";
export type { NotificationRow } from "./tables.ts";
export { customTypes, type NotificationText } from "./types.ts";
