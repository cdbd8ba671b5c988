import type { Follower } from "../../../events/followers.ts";
import type { JournalRow } from "../../../events/journal.ts";
import { type Done, type Task, taskFollower } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import {
  chatCreated,
  chatRead,
  chatRemoved,
  messageDeleted,
  messageFilled,
  messageUpdated,
  newMessage,
} from "../../chat/index.ts";
import { chatsWithJobs } from "./backlog-store.ts";
import { backlog } from "./backlog.ts";
import { type ChatJob, pageRows } from "./jobs.ts";
import { doPage } from "./pages.ts";
import { plan } from "./plan.ts";

const types = [
  newMessage,
  messageFilled,
  messageUpdated,
  messageDeleted,
  chatRead,
  chatCreated,
  chatRemoved,
].map((one) => one.type);

/**
 * Follows what happens and makes of it what people are to be told of, in whatever way they are reached. Of each chat
 * it does about a page at once; what is more is left to the backlog, and the other chats do not wait for it (fairness).
 */
export function notificationsFollower(kit: Kit): Follower {
  return taskFollower(kit, {
    name: "notifications",
    types,
    plan: (rows) => [(tx) => begin(kit, tx, rows)],
  });
}

async function begin(kit: Kit, tx: Tx, rows: JournalRow[]): Promise<Done> {
  const jobs = await plan(kit, tx, rows);
  const waiting = jobs.length > 0 ? await chatsWithJobs(tx, new Set(jobs.map((one) => one.chatId))) : [];
  const spent = new Map(waiting.map((chatId) => [chatId, pageRows]));
  return { rows: 1, next: jobs.map((job) => taskOf(kit, job, spent)) };
}

/** `spent`: how many rows each chat has come to in this batch. In a chat all is done in its order. */
function taskOf(kit: Kit, job: ChatJob, spent: Map<number, number>): Task {
  return async (tx) => {
    const { chatId } = job;
    const before = spent.get(chatId) ?? 0;
    if (before >= pageRows) {
      await backlog(kit).put(tx, job);
      return { rows: 1 };
    }
    let [rows, after, next] = [before, job.after as number | undefined, [] as ChatJob[]];
    while (after !== undefined && rows < pageRows) {
      const done = await doPage(kit, tx, { ...job, after });
      rows += done.rows;
      after = done.after;
      next = [...next, ...(done.next ?? [])];
    }
    spent.set(chatId, after === undefined ? rows : pageRows);
    if (after !== undefined) await backlog(kit).put(tx, { ...job, after });
    return { rows: rows - before, next: next.map((one) => taskOf(kit, one, spent)) };
  };
}
