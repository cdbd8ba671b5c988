import { userAudience } from "../../events/event.ts";
import type { Kit } from "../../kit.ts";
import type { Channel } from "./channel.ts";
import { mentionNotification, notification, toMentionFrame } from "./events.ts";

/** All devices that are connected, and the others when they come back. */
export function socketChannel({ journal }: Kit): Channel {
  return {
    async take(tx, made) {
      for (const one of made) {
        const audience = userAudience(one.user_id);
        const mention = toMentionFrame(one);
        await (mention
          ? journal.record(tx, mentionNotification, audience, one.id, mention)
          : journal.record(tx, notification, audience, one.id, { notification: one }));
      }
    },
  };
}
