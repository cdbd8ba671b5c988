import { z } from "zod";

import { type Command, command } from "../../../feature.ts";
import { lookAt } from "./look.ts";
import * as wire from "./schema.ts";
import { typeIn } from "./type.ts";

export const presenceCommands: Command[] = [
  command({
    type: "join_chat",
    summary:
      "This socket looks at a chat. It is told of typing only where it looks, once it ever did; in large chats always.",
    schema: wire.ChatFrame,
    ack: wire.Looking,
    errors: ["not_found"],
    run: (kit, actor, { chat_id }, socket) => lookAt(kit, actor, chat_id, () => socket.look(chat_id, true)),
  }),
  command({
    type: "leave_chat",
    summary: "This socket no longer looks at a chat.",
    schema: wire.ChatFrame,
    ack: wire.Looking,
    errors: ["not_found"],
    run: (kit, actor, { chat_id }, socket) => lookAt(kit, actor, chat_id, () => socket.look(chat_id, false)),
  }),
  command({
    type: "typing_start",
    summary: "I am writing; it stops by itself after 6 seconds, unless repeated.",
    schema: wire.ChatFrame,
    ack: z.object({}),
    errors: ["not_found", "chat_inactive", "peer_inactive"],
    run: (kit, actor, { chat_id }) => typeIn(kit, actor, chat_id, true),
  }),
  command({
    type: "typing_stop",
    summary: "I no longer am.",
    schema: wire.ChatFrame,
    ack: z.object({}),
    errors: ["not_found", "chat_inactive", "peer_inactive"],
    run: (kit, actor, { chat_id }) => typeIn(kit, actor, chat_id, false),
  }),
];
