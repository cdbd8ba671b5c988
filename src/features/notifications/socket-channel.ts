import { userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Channel } from "./channel.ts";
import { mentionNotification, notification, toMentionFrame } from "./events.ts";

/** All devices that are connected, and the others when they come back. */
export function socketChannel(journal: Journal): Channel {
  return {
    async take(tx, made) {
      for (const one of made) {
        const audience = userAudience(one.user_id);
        await (one.notification_type === "mention"
          ? journal.record(tx, mentionNotification, audience, one.id, toMentionFrame(one))
          : journal.record(tx, notification, audience, one.id, { notification: one }));
      }
    },
  };
}
