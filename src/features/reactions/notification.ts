import { byId } from "../../core/by-id.ts";
import type { Read } from "../../platform/db/database.ts";
import { profilesById } from "../accounts/index.ts";
import { findChats, findMessages } from "../chat/index.ts";
import {
  type CustomType,
  excerptOf,
  markOf,
  type NotificationRow,
  type NotificationText,
} from "../notifications/index.ts";
import { reactionsBy } from "./store.ts";

/** Tells the author of a message who reacted to it, as long as that person does. */
export const reactionNotification: CustomType = {
  type: "reaction",
  async findValid(read, rows) {
    const emoji = await emojiOf(read, rows);
    return new Set(rows.map((row) => row.id).filter((id) => emoji.has(id)));
  },
  render,
};

async function render(read: Read, rows: NotificationRow[]): Promise<Map<number, NotificationText>> {
  const emoji = await emojiOf(read, rows);
  const messages = byId(await findMessages(read, new Set(rows.flatMap((row) => row.subjectId ?? []))));
  const chats = byId(await findChats(read, new Set(rows.map((row) => row.chatId))));
  const people = await profilesById(read, [...new Set(rows.flatMap((row) => row.byUserId ?? []))]);
  const texts = new Map<number, NotificationText>();
  for (const { id, chatId, subjectId, byUserId } of rows) {
    const [given, by] = [emoji.get(id), people.get(byUserId ?? 0)];
    const [message, chat] = [messages.get(subjectId ?? 0), chats.get(chatId)];
    if (!given || !by || !message || !chat) continue;
    const where = chat.chatType === "group" ? ` in ${chat.name}` : "";
    texts.set(id, {
      title: `${by.username} reacted ${given.join(" ")}${where}`,
      body: excerptOf(message),
      data: { chat_id: chatId, message_id: message.id, by_user_id: by.id, ...markOf(message) },
    });
  }
  return texts;
}

/** What each of these tells of, by notification; those of which nothing is left are not in there. */
async function emojiOf(read: Read, rows: NotificationRow[]): Promise<Map<number, string[]>> {
  const pairs = rows.map(({ subjectId, byUserId }): [number, number] => [subjectId ?? 0, byUserId ?? 0]);
  const reactions = Map.groupBy(await reactionsBy(read, pairs), (one) => `${one.messageId} ${one.userId}`);
  return new Map(
    rows.flatMap(({ id, subjectId, byUserId }) => {
      const given = reactions.get(`${subjectId} ${byUserId}`);
      return given ? [[id, given.map((one) => one.emoji)]] : [];
    }),
  );
}
