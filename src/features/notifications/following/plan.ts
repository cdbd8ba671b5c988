import { audienceId, type EventDefinition } from "../../../events/event.ts";
import type { JournalRow } from "../../../events/journal.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import {
  chatCreated,
  chatRead,
  chatRemoved,
  memberCounts,
  messageDeleted,
  messageFilled,
  messageUpdated,
  newMessage,
  type Outline,
  outlinesOf,
} from "../../chat/index.ts";
import { type ChatJob, inTurn, jobOf } from "./jobs.ts";
import { connectedIn } from "./notify.ts";
import { isNews, unreadJob } from "./outlines.ts";
import { withUnreadAmong } from "./told-store.ts";

/**
 * What follows from these events. Each job goes by what is so when it is done, and so does nothing that is over. Each
 * message comes by here: however many chats and people it is about, this is three statements.
 */
export async function plan(kit: Kit, read: Read, rows: JournalRow[]): Promise<ChatJob[]> {
  const byType = Map.groupBy(rows, (row) => row.type);
  const of = (...events: Pick<EventDefinition, "type">[]) =>
    events.flatMap((one) => byType.get(one.type) ?? []);
  const written = new Set(of(newMessage).map((row) => row.ref));
  const filled = new Set(of(messageFilled).map((row) => row.ref));
  const ids = written.union(filled);
  const messages = ids.size > 0 ? await outlinesOf(read, ids) : [];
  const fresh = messages.filter((one) => written.has(one.id));
  const unread = [
    ...unreadIn(fresh),
    ...messages.filter((one) => filled.has(one.id) && isNews(one)).map((one) => unreadJob(one)),
  ];
  return inTurn([
    ...of(chatCreated).map((row) => jobOf(row.ref, "entered", audienceId(row.audience))),
    ...(await withoutThoseHere(kit, read, unread)),
    ...fresh.filter(callsSomebody).map((one) => jobOf(one.chatId, "called", one.id, one.mentionsAll ? 1 : 0)),
    ...about("called", of(messageUpdated)),
    ...about("uncalled", of(messageUpdated, messageDeleted)),
    ...about("emptied", of(messageDeleted)),
    ...(await readersIn(read, fresh, of(chatRead, chatRemoved))),
  ]);
}

function unreadIn(messages: Outline[]): ChatJob[] {
  // Of a call to all everybody is told as that.
  const plain = messages.filter((one) => isNews(one) && !one.mentionsAll);
  return [...Map.groupBy(plain, (one) => one.chatId).values()].flatMap(([first, ...others]) =>
    first ? unreadJob(first, others.at(-1)?.seq) : [],
  );
}

/** Without the chats whose members are all connected: they hear it. */
async function withoutThoseHere(kit: Kit, read: Read, jobs: ChatJob[]): Promise<ChatJob[]> {
  if (jobs.length === 0) return [];
  const counts = await memberCounts(read, new Set(jobs.map((one) => one.chatId)));
  const withAbsent = counts.filter((one) => connectedIn(kit, one.chatId).length < one.memberCount);
  const chatIds = new Set(withAbsent.map((one) => one.chatId));
  return jobs.filter((one) => chatIds.has(one.chatId));
}

function callsSomebody(message: Outline): boolean {
  return isNews(message) && (message.mentionsAll || message.mentions !== null);
}

/** Of each message once. */
function about(kind: ChatJob["kind"], rows: JournalRow[]): ChatJob[] {
  const distinct = new Map(rows.map((row) => [row.ref, row]));
  return [...distinct.values()].map((row) => jobOf(audienceId(row.audience), kind, row.ref));
}

/** Whoever has read on, by writing among others. Most of them had nothing to be told of there. */
async function readersIn(read: Read, messages: Outline[], rows: JournalRow[]): Promise<ChatJob[]> {
  const readers = [
    ...messages.filter((one) => !one.ownUnread).map(({ chatId, senderId: userId }) => ({ chatId, userId })),
    ...rows.map((row) => ({ chatId: row.ref, userId: audienceId(row.audience) })),
  ];
  if (readers.length === 0) return [];
  const distinct = new Map(readers.map((one) => [`${one.chatId} ${one.userId}`, one]));
  const busy = await withUnreadAmong(read, [...distinct.values()]);
  return busy.map(({ chatId, userId }) => jobOf(chatId, "read", userId));
}
