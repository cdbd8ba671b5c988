import { z } from "zod";

import { id, time } from "../../../core/wire.ts";

export const ChatFrame = z.object({ chat_id: id });

export const Looking = z.object({
  chat_id: id,
  online: z.array(id).meta({ description: "Who of the chat is online now." }),
});

export const Typing = z.object({ chat_id: id, user_id: id, username: z.string() });

export const UserStatus = z.object({
  user_id: id,
  username: z.string(),
  status: z.enum(["online", "offline"]),
  last_seen: time.nullable().meta({ description: "null while they are online." }),
});
