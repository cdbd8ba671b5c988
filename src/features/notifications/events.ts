import { z } from "zod";

import { id } from "../../core/wire.ts";
import { defineEvent, type Happened } from "../../events/event.ts";
import type { Read } from "../../platform/db/database.ts";
import { findReadAt } from "./reading-store.ts";
import { Notification } from "./schema.ts";
import { findByIds } from "./lists-store.ts";
import { toNotifications } from "./words.ts";

/** `ref` is the notification; its words are those of the moment in which it is told. */
export const notification = defineEvent({
  type: "notification",
  summary: "There is something new to look at in a chat, or somebody added me to a group.",
  schema: z.object({ notification: Notification }),
  load: (read, happened) => loadEach(read, happened, (one) => ({ notification: one })),
});

export const mentionNotification = defineEvent({
  type: "mention_notification",
  summary: "Somebody mentioned me.",
  schema: z.object({ title: z.string(), body: z.string(), chat_id: id, message_id: id, notification_id: id }),
  load: (read, happened) => loadEach(read, happened, toMentionFrame),
});

export function toMentionFrame({ id: notification_id, title, body, data }: Notification) {
  return { title, body, chat_id: data.chat_id, message_id: data.message_id!, notification_id };
}

/** `ref` is the chat, or 0 for several. The items are found by the event's position, which they keep. */
export const notificationsRead = defineEvent({
  type: "notifications_read",
  summary: "I have read these, on whatever device.",
  schema: z.object({
    notification_ids: z.array(id),
    mention_ids: z.array(id),
    chat_id: id.optional().meta({ description: "When all are of one chat." }),
  }),
  async load(read, happened) {
    const found = await findReadAt(
      read,
      happened.map((one) => one.pos),
    );
    return happened.map(({ pos, ref }) => {
      const ofNotifications = found.notifications.filter((one) => one.pos === pos);
      const ofMentions = found.mentions.filter((one) => one.pos === pos).map((one) => one.id);
      // A mention whose message has been deleted is there no more.
      const told = ofNotifications.flatMap((one) => one.mentionId ?? []);
      return toReadFrame(
        ref,
        ofNotifications.map((one) => one.id),
        [...new Set([...ofMentions, ...told])],
      );
    });
  },
});

export function toReadFrame(chatId: number, notification_ids: number[], mention_ids: number[]) {
  return {
    notification_ids: notification_ids.toSorted((a, b) => a - b),
    mention_ids: mention_ids.toSorted((a, b) => a - b),
    ...(chatId > 0 && { chat_id: chatId }),
  };
}

async function loadEach<P>(
  read: Read,
  happened: Happened[],
  toFrame: (one: Notification) => P,
): Promise<(P | undefined)[]> {
  const rows = await findByIds(
    read,
    happened.map((one) => one.ref),
  );
  const byId = new Map((await toNotifications(read, rows)).map((one) => [one.id, toFrame(one)]));
  return happened.map((one) => byId.get(one.ref));
}
