import { z } from "zod";

import { command, type CommandSocket, type Feature } from "../../core/feature.ts";
import type { Actor } from "../../core/actor.ts";
import * as wire from "./schema.ts";
import type { Presence } from "./service.ts";

export function presenceApi(presence: Presence): Feature {
  const looking =
    (looks: boolean) =>
    (actor: Actor, { chat_id }: z.output<typeof wire.ChatFrame>, socket: CommandSocket) =>
      presence.look(actor, chat_id, () => socket.look(chat_id, looks));
  const typing =
    (isTyping: boolean) =>
    async (actor: Actor, { chat_id }: z.output<typeof wire.ChatFrame>) => {
      await presence.type(actor, chat_id, isTyping);
      return {};
    };
  return {
    endpoints: [],
    commands: [
      command({
        type: "join_chat",
        summary:
          "This socket looks at a chat. It is told of typing only where it looks, once it ever did; in large chats always.",
        schema: wire.ChatFrame,
        ack: wire.Looking,
        errors: ["not_found"],
        run: looking(true),
      }),
      command({
        type: "leave_chat",
        summary: "This socket no longer looks at a chat.",
        schema: wire.ChatFrame,
        ack: wire.Looking,
        errors: ["not_found"],
        run: looking(false),
      }),
      command({
        type: "typing_start",
        summary: "I am writing; it stops by itself after 6 seconds, unless repeated.",
        schema: wire.ChatFrame,
        ack: z.object({}),
        errors: ["not_found", "chat_inactive", "peer_inactive"],
        run: typing(true),
      }),
      command({
        type: "typing_stop",
        summary: "I no longer am.",
        schema: wire.ChatFrame,
        ack: z.object({}),
        errors: ["not_found", "chat_inactive", "peer_inactive"],
        run: typing(false),
      }),
    ],
  };
}
