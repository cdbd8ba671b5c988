import { z } from "zod";

import { id } from "../../core/wire.ts";
import { defineEvent, type Happened, type Viewer } from "../../events/event.ts";
import type { Read } from "../../platform/db/database.ts";
import { mentionsReadAt } from "../chat/index.ts";
import { findByIds } from "./lists/store.ts";
import { visibleAmong } from "./lists/visible.ts";
import { findReadAt } from "./reading/store.ts";
import { render } from "./rendering/render.ts";
import { Notification } from "./schema.ts";

/** `ref` is the notification; its text is that of the moment in which it is told. */
export const notification = defineEvent({
  type: "notification",
  summary:
    "There is something new to look at in a chat, or somebody added me to a group or reacted to a message of mine.",
  schema: z.object({ notification: Notification }),
  load: (read, happened, viewer) => loadEach(read, happened, viewer, (one) => ({ notification: one })),
});

export const mentionNotification = defineEvent({
  type: "mention_notification",
  summary: "Somebody mentioned me.",
  schema: z.object({ title: z.string(), body: z.string(), chat_id: id, message_id: id, notification_id: id }),
  load: (read, happened, viewer) => loadEach(read, happened, viewer, toMentionFrame),
});

/** Undefined for what tells of something else. */
export function toMentionFrame({ id: notification_id, notification_type, title, body, data }: Notification) {
  const { chat_id, message_id } = data;
  if (notification_type !== "mention" || message_id === undefined) return undefined;
  return { title, body, chat_id, message_id, notification_id };
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
    const positions = happened.map((one) => one.pos);
    const notifications = Map.groupBy(await findReadAt(read, positions), (one) => one.pos);
    const mentions = Map.groupBy(await mentionsReadAt(read, positions), (one) => one.pos);
    return happened.map(({ pos, ref }) => {
      const ofNotifications = notifications.get(pos) ?? [];
      // A mention whose message has been deleted is there no more.
      const told = ofNotifications.flatMap((one) => one.mentionId ?? []);
      const mentionIds = new Set([...(mentions.get(pos) ?? []).map((one) => one.id), ...told]);
      return toReadFrame(
        ref,
        ofNotifications.map((one) => one.id),
        [...mentionIds],
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
  viewer: Viewer,
  toFrame: (one: Notification) => P | undefined,
): Promise<(P | undefined)[]> {
  const rows = await findByIds(
    read,
    happened.map((one) => one.ref),
  );
  const visible = await visibleAmong(read, viewer.id, rows);
  const byId = new Map((await render(read, visible)).map((one) => [one.id, toFrame(one)]));
  return happened.map((one) => byId.get(one.ref));
}
