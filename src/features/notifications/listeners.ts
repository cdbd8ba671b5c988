import { audienceId } from "../../events/event.ts";
import type { Follower } from "../../events/followers.ts";
import type { Journal, JournalRow } from "../../events/journal.ts";
import type { Database } from "../../platform/db/database.ts";
import type { Tasks } from "./tasks.ts";
import { type Task, taskFollower } from "../../events/work.ts";

/** Follows what happens and makes of it what people are to be told of, in whatever way they are reached. */
export function notificationsFollower(deps: { db: Database; journal: Journal; tasks: Tasks }): Follower {
  const { tasks } = deps;

  /** In an order in which nothing is made that the same events have done with. */
  function plan(rows: JournalRow[]): Task[] {
    const of = (type: string) => rows.filter((row) => row.type === type);
    const refs = (...types: string[]) => [...new Set(types.flatMap(of).map((row) => row.ref))];
    const messages = refs("new_message");
    return [
      ...of("sessions_ended").map((row) => tasks.sessionsEnded(audienceId(row.audience))),
      ...of("chat_created").map((row) => tasks.entered(row.ref, audienceId(row.audience))),
      ...(messages.length > 0 ? [tasks.written(messages)] : []),
      ...refs("message_filled").map((messageId) => tasks.filled(messageId)),
      ...refs("message_updated").map((messageId) => tasks.called(messageId)),
      ...refs("message_updated", "message_deleted").map((messageId) => tasks.uncalled(messageId)),
      ...refs("message_deleted").map((messageId) => tasks.emptied(messageId)),
      tasks.readOn(
        ["chat_read", "chat_removed"]
          .flatMap(of)
          .map((row) => ({ chatId: row.ref, userId: audienceId(row.audience) })),
      ),
    ];
  }

  return taskFollower(deps, {
    name: "notifications",
    types: [
      "new_message",
      "message_filled",
      "message_updated",
      "message_deleted",
      "chat_read",
      "chat_created",
      "chat_removed",
      "sessions_ended",
    ],
    plan,
  });
}
