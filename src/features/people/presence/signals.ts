import { defineSignal } from "../../../events/event.ts";
import { Typing, UserStatus } from "./schema.ts";

export const typingStart = defineSignal({
  type: "typing_start",
  summary: "Somebody is writing. It ends with `typing_stop` or with their message.",
  schema: Typing,
});

export const typingStop = defineSignal({
  type: "typing_stop",
  summary: "They no longer are.",
  schema: Typing,
});

export const userStatus = defineSignal({
  type: "user_status",
  summary: "Somebody who shares a chat with me has come online or has gone.",
  schema: UserStatus,
});
