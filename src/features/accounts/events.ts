import { audienceId, defineEffect } from "../../events/event.ts";

/** What others see of somebody is another. Nobody hears this one: their chats are told because of it. */
export const userChanged = defineEffect<object>({
  type: "user_changed",
  summary: "Somebody's name, picture or description is another, or their account was closed or reopened.",
  effects: () => [],
});

/** A session is over: its sockets close with 4003. */
export const sessionsEnded = defineEffect<{ sessionIds: number[] }>({
  type: "sessions_ended",
  summary: "Sessions are over; their sockets close.",
  effects: ({ sessionIds }, audience) => [{ kind: "end", userId: audienceId(audience), sessionIds }],
});
