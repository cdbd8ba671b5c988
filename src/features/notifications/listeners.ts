import { audienceId } from "../../events/event.ts";
import type { Follower } from "../../events/followers.ts";
import type { Journal, JournalRow } from "../../events/journal.ts";
import { type Task, workThrough } from "../../events/work.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import type { Backlog } from "./backlog.ts";
import { inTurn, type Job, job } from "./jobs.ts";
import { hasUnread } from "./reading-store.ts";
import { findOutline, findOutlines, type Outline } from "./store.ts";
import { isNews, pageRows, type Tasks } from "./tasks.ts";

export interface NotificationsFollowerDeps {
  db: Database;
  journal: Journal;
  tasks: Tasks;
  backlog: Pick<Backlog, "has" | "put">;
}

const name = "notifications";

/**
 * Follows what happens and makes of it what people are to be told of, in whatever way they are reached. Of each chat
 * it does about a page at once; what is more is left to the backlog, and the other chats do not wait for it.
 */
export function notificationsFollower(deps: NotificationsFollowerDeps): Follower {
  const { db, journal, tasks, backlog } = deps;

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
      const ended = rows.filter((row) => row.type === "sessions_ended");
      const jobs = await db.read((read) => plan(read, rows));
      const doing = doingIn(new Map());
      const all = [...ended.map((row) => tasks.sessionsEnded(audienceId(row.audience))), ...jobs.map(doing)];
      await workThrough(db, all, (tx) => journal.move(tx, name, upTo), signal);
    },
  };

  /** `rows`: how many each chat has come to in this batch. In a chat all is done in its order. */
  function doingIn(rows: Map<number, number>): (job: Job) => Task {
    const doing = (one: Job): Task => {
      const { chatId } = one;
      return async (tx) => {
        const before = rows.get(chatId) ?? ((await backlog.has(tx, chatId)) ? pageRows : 0);
        if (before >= pageRows) {
          rows.set(chatId, before);
          await backlog.put(tx, one);
          return { rows: 1 };
        }
        let [spent, after, next] = [before, one.after as number | undefined, [] as Job[]];
        while (after !== undefined && spent < pageRows) {
          const done = await tasks.page(tx, { ...one, after });
          spent += done.rows;
          after = done.after;
          next = [...next, ...(done.next ?? [])];
        }
        rows.set(chatId, after === undefined ? spent : pageRows);
        if (after !== undefined) await backlog.put(tx, { ...one, after });
        return { rows: spent - before, next: next.map(doing) };
      };
    };
    return doing;
  }
}

/** What follows from these events. Each job goes by what is so when it is done, and so does nothing that is over. */
async function plan(read: Read, rows: JournalRow[]): Promise<Job[]> {
  const of = (...types: string[]) => rows.filter((row) => types.includes(row.type));
  const distinct = (some: JournalRow[]) => [...new Map(some.map((row) => [row.ref, row])).values()];
  const about = (kind: Job["kind"], some: JournalRow[]) =>
    distinct(some).map((row) => job(audienceId(row.audience), kind, row.ref));
  const written = of("new_message").map((row) => row.ref);
  const messages = written.length > 0 ? await findOutlines(read, written[0]!, written.at(-1)!) : [];
  // Of a call to all everybody is told as that.
  const plain = messages.filter((one) => isNews(one) && !one.mentionsAll);
  const filled: Outline[] = [];
  for (const { ref } of distinct(of("message_filled"))) {
    const message = await findOutline(read, ref);
    if (message) filled.push(message);
  }
  return inTurn([
    ...of("chat_created").map((row) => job(row.ref, "entered", audienceId(row.audience))),
    ...[...Map.groupBy(plain, (one) => one.chatId).values()].map(unread),
    ...messages
      .filter(callsSomebody)
      .map((one) => job(one.chatId, "called", one.id, one.mentionsAll ? 1 : 0)),
    ...filled.filter(isNews).map((one) => unread([one])),
    ...about("called", of("message_updated")),
    ...about("uncalled", of("message_updated", "message_deleted")),
    ...about("emptied", of("message_deleted")),
    ...(await readersIn(read, messages, of("chat_read", "chat_removed"))),
  ]);
}

function unread(messages: Outline[]): Job {
  return job(messages[0]!.chatId, "unread", messages[0]!.seq, messages.at(-1)!.seq);
}

function callsSomebody(message: Outline): boolean {
  return isNews(message) && (message.mentionsAll || message.mentions !== null);
}

/** Whoever has read on, by writing among others. Most of them had nothing to be told of there. */
async function readersIn(read: Read, messages: Outline[], rows: JournalRow[]): Promise<Job[]> {
  const readers = [
    ...messages.filter((one) => !one.ownUnread).map((one) => job(one.chatId, "read", one.senderId)),
    ...rows.map((row) => job(row.ref, "read", audienceId(row.audience))),
  ];
  const distinct = new Map(readers.map((one) => [`${one.chatId} ${one.ref}`, one]));
  const busy = [];
  for (const one of distinct.values()) {
    if (await hasUnread(read, { chatId: one.chatId, userId: one.ref })) busy.push(one);
  }
  return busy;
}
