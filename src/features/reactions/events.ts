import { z } from "zod";

import { id } from "../../core/wire.ts";
import { audienceId, defineEvent } from "../../events/event.ts";
import { Reaction } from "../chat/index.ts";
import { findSummaries } from "./store.ts";

/** `ref` is the message. A later one replaces it: only the last one is replayed. */
export const reactionUpdated = defineEvent({
  type: "reaction_updated",
  summary: "Somebody reacted to a message, or took a reaction back.",
  schema: z.object({
    chat_id: id,
    message_id: id,
    reactions: z.array(Reaction).meta({ description: "All of the message, as in Message." }),
  }),
  async load(read, happened) {
    const rows = await findSummaries(read, new Set(happened.map((one) => one.ref)));
    const byMessage = new Map(rows.map((row) => [row.messageId, row.reactions]));
    return happened.map(({ audience, ref }) => {
      const reactions = byMessage.get(ref);
      return reactions && { chat_id: audienceId(audience), message_id: ref, reactions };
    });
  },
});
