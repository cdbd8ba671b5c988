import { audienceId } from "../../events/event.ts";
import type { Follower } from "../../events/followers.ts";
import type { Journal, JournalRow } from "../../events/journal.ts";
import type { Database } from "../../platform/db/database.ts";
import type { Tasks } from "./tasks.ts";
import { type Task, workThrough } from "../../events/work.ts";

const name = "notifications";

/** Follows what happens and makes of it what people are to be told of, in whatever way they are reached. */
export function notificationsFollower(deps: { db: Database; journal: Journal; tasks: Tasks }): Follower {
  const { db, journal, tasks } = deps;

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

  return {
    name,
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
    position: () => journal.placeOf(name),
    async handle(rows, upTo, signal) {
      // Where nothing happened, the place of before leads to the same.
      if (rows.length === 0) return;
      await workThrough(db, plan(rows), (tx) => journal.move(tx, name, upTo), signal);
    },
  };
}
