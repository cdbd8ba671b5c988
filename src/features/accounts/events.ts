import { audienceId, defineEffect } from "../../events/event.ts";

/** A session is over: its sockets close with 4003. */
export const sessionsEnded = defineEffect<{ sessionIds: number[] }>({
  type: "sessions_ended",
  summary: "Sessions are over; their sockets close.",
  effects: ({ sessionIds }, audience) => [{ kind: "end", userId: audienceId(audience), sessionIds }],
});
