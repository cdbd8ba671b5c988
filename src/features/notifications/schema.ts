import { z } from "zod";

import { id, openEnum, orNull, time } from "../../core/wire.ts";
import { User } from "../accounts/index.ts";
import { Message } from "../chat/index.ts";

export const NotificationType = openEnum("NotificationType", [
  "message",
  "mention",
  "group_invite",
  "reaction",
]);
export type NotificationType = z.infer<typeof NotificationType>;

const count = z.int().min(0);

const NotificationData = z
  .object({
    chat_id: id,
    message_id: id.optional().meta({
      description:
        "Of `message` the newest I have not read, once read the first; of `mention` the one that names me, of `reaction` mine.",
    }),
    count: count.optional().meta({ description: "Of `message`, while unread: how many I have not read." }),
    by_user_id: id.optional().meta({ description: "Who wrote, added me or reacted." }),
    encrypted: z.boolean().optional().meta({
      description:
        "The message is encrypted: `body` says only that, and a device that opens it can say more.",
    }),
  })
  .meta({ id: "NotificationData" });

export const Notification = z
  .object({
    id,
    user_id: id,
    notification_type: NotificationType,
    title: z.string(),
    body: z
      .string()
      .meta({ description: "One line, shortened; empty where there is nothing (any more) that I may see." }),
    data: NotificationData,
    is_read: z.boolean(),
    created_at: time,
  })
  .meta({
    id: "Notification",
    description:
      "Made from the chat as it is now. What belongs to a message that is deleted, to a reaction that was taken back or to a chat that I am in no more, is not there.",
  });
export type Notification = z.infer<typeof Notification>;

export const Notifications = z
  .object({
    notifications: z.array(Notification).meta({ description: "Newest first." }),
    has_more: z.boolean(),
  })
  .meta({ id: "Notifications" });
export type Notifications = z.infer<typeof Notifications>;

export const Mention = z
  .object({
    id,
    message_id: id,
    chat_id: id,
    message: orNull(Message).meta({ description: "null when I am in the chat no more." }),
    mentioned_by: User,
    is_read: z.boolean(),
    created_at: time,
  })
  .meta({ id: "Mention" });

export const Mentions = z
  .object({
    mentions: z.array(Mention).meta({ description: "Those that I have not read, newest first." }),
    has_more: z.boolean(),
  })
  .meta({ id: "Mentions" });
export type Mentions = z.infer<typeof Mentions>;

export const Counts = z
  .object({
    unread_notifications: count,
    unread_mentions: count,
    unread_messages: count.meta({ description: "Of all my chats, muted ones too." }),
  })
  .meta({ id: "Counts" });
export type Counts = z.infer<typeof Counts>;

/** A yes or no in a query: `?unread`, `?unread=1`, `?unread=true` and `?unread=True` are the same. */
export const flagParam = z
  .string()
  .toLowerCase()
  .pipe(z.enum(["", "1", "true", "0", "false"]))
  .transform((value) => value === "" || value === "1" || value === "true")
  .default(false)
  .meta({ type: "boolean", default: false });
