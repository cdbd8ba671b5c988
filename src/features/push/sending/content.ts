import type { Content } from "../../../platform/push/push.ts";
import { type Notification, ofEncrypted } from "../../notifications/index.ts";
import type { PushContent } from "../schema.ts";

type Shown = Extract<Content, { title: string; chat_id: number }>;

export interface Told {
  notification: Notification;
  /** The user name of whoever wrote, where it is about messages. */
  sender: string | undefined;
  unreadMessages: number;
  readChatIds: number[];
}

/** What a device shows, as much as its user lets push services see. */
export function contentOf(
  { notification, sender, unreadMessages, readChatIds }: Told,
  level: PushContent,
): Content {
  const { id, notification_type: type, title, body, data } = notification;
  const ids = {
    type: type as Shown["type"],
    chat_id: data.chat_id,
    message_id: data.message_id,
    notification_id: type === "message" ? undefined : id,
    unread_messages: unreadMessages,
    read_chat_ids: readChatIds,
  };
  // Of what is encrypted only ids: a device that wakes up loads it, and opens it.
  if (data.encrypted && level !== "none") return { ...ids, title: "Parley", body: ofEncrypted };
  if (level === "none") return { ...ids, title: "Parley", body: "You have something new." };
  const more = { ...ids, count: data.count, by_user_id: data.by_user_id };
  if (level === "full") return { ...more, title, body };
  // Their titles name who did it, and only their bodies quote.
  const isQuote = type === "mention" || type === "reaction";
  if (type === "message") return { ...more, title, body: `New message from ${sender ?? title}` };
  return { ...more, title, body: isQuote ? "" : body };
}
