/** What notifications say, by their type. */
import type { Notification, NotificationType } from "../schema.ts";
import type { Facts } from "./facts.ts";

type Text = Pick<Notification, "title" | "body" | "data">;

export const templates: Record<NotificationType, (facts: Facts) => Text> = {
  message: ofMessages,
  mention: ofMention,
  group_invite: ofInvitation,
};

/** About so many characters fit on a locked phone. */
const bodyLength = 120;

/** What stands for a message that has a file and no text. */
const withoutText: Record<string, string> = { image: "Photo", video: "Video", audio: "Audio" };

function ofMessages({ chat, message, count, by, peer }: Facts): Text {
  const isGroup = chat.chatType === "group";
  const title = isGroup ? chat.name : (peer?.fullName ?? peer?.username);
  const data = { chat_id: chat.id, ...(count !== undefined && { count }) };
  if (!message) return { title: title ?? "", body: "", data };
  const text = textOf(message);
  return {
    title: title ?? "",
    body: shorten(isGroup ? `${by?.username}: ${text}` : text),
    data: { ...data, message_id: message.id, by_user_id: message.senderId },
  };
}

function ofMention({ row, chat, message, by }: Facts): Text {
  const where = chat.chatType === "group" ? ` in ${chat.name}` : "";
  return {
    title: `${by?.username} mentioned you${where}`,
    body: message ? shorten(textOf(message)) : "",
    data: { chat_id: chat.id, message_id: row.messageId, ...byUser(row) },
  };
}

function ofInvitation({ row, chat, by }: Facts): Text {
  return {
    title: chat.name ?? "",
    body: `${by?.username} added you`,
    data: { chat_id: chat.id, ...byUser(row) },
  };
}

function byUser({ byUserId }: Facts["row"]): { by_user_id?: number } {
  return byUserId === null ? {} : { by_user_id: byUserId };
}

function textOf({ content, contentType, mediaCount }: NonNullable<Facts["message"]>): string {
  if (content !== "" || mediaCount === 0) return content;
  return withoutText[contentType] ?? "File";
}

/** On one line, and not too long. */
function shorten(text: string): string {
  // A text may be long: what is far behind the end is not looked at.
  const line = text
    .slice(0, bodyLength * 20)
    .replace(/\s+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length > bodyLength ? `${characters.slice(0, bodyLength - 1).join("")}…` : line;
}
