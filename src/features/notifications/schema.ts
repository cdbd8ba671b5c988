import { z } from "zod";

export const NotificationType = z.enum(["message", "mention", "group_invite"]);
export type NotificationType = z.infer<typeof NotificationType>;
