/** What notifications say, by their type; those of other features say it themselves (`types.ts`). */
import type { NotificationType } from "../schema.ts";
import type { NotificationText } from "../types.ts";
import { excerptOf, markOf, shorten, textOf } from "./excerpt.ts";
import type { Facts } from "./facts.ts";

export const templates: Partial<Record<NotificationType, (facts: Facts) => NotificationText>> = {
  message: ofMessages,
  mention: ofMention,
  group_invite: ofInvitation,
};

function ofMessages({ chat, message, count, by, peer }: Facts): NotificationText {
  const isGroup = chat.chatType === "group";
  const title = isGroup ? chat.name : (peer?.fullName ?? peer?.username);
  const data = { chat_id: chat.id, ...(count !== undefined && { count }) };
  if (!message) return { title: title ?? "", body: "", data };
  const text = textOf(message);
  return {
    title: title ?? "",
    body: shorten(isGroup ? `${by?.username}: ${text}` : text),
    data: { ...data, message_id: message.id, by_user_id: message.senderId, ...markOf(message) },
  };
}

function ofMention({ row, chat, message, by }: Facts): NotificationText {
  const where = chat.chatType === "group" ? ` in ${chat.name}` : "";
  return {
    title: `${by?.username} mentioned you${where}`,
    body: message ? excerptOf(message) : "",
    data: { chat_id: chat.id, message_id: row.messageId, ...byUser(row), ...(message && markOf(message)) },
  };
}

function ofInvitation({ row, chat, by }: Facts): NotificationText {
  return {
    title: chat.name ?? "",
    body: `${by?.username} added you`,
    data: { chat_id: chat.id, ...byUser(row) },
  };
}

function byUser({ byUserId }: Facts["row"]): { by_user_id?: number } {
  return byUserId === null ? {} : { by_user_id: byUserId };
}
