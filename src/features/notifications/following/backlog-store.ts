import { and, asc, desc, eq, gt, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { notificationJobs as jobs } from "../tables.ts";
import type { ChatJob } from "./jobs.ts";

type JobRow = typeof jobs.$inferSelect;

/** More messages than this are not looked at together. */
const mostMessages = 200;

const insert = (orm: WriteOrm) =>
  orm
    .insert(jobs)
    .values({
      chatId: sql.placeholder("chatId"),
      kind: sql.placeholder("kind"),
      ref: sql.placeholder("ref"),
      last: sql.placeholder("last"),
      after: sql.placeholder("after"),
    })
    .onConflictDoUpdate({
      target: [jobs.chatId, jobs.kind, jobs.ref],
      // The earliest page is where both begin.
      set: { last: sql`max(${jobs.last}, excluded.last)`, after: sql`min(${jobs.after}, excluded.after)` },
    });

const newestUnread = (orm: ReadOrm) =>
  orm
    .select({ id: jobs.id, ref: jobs.ref, after: jobs.after })
    .from(jobs)
    .where(and(eq(jobs.chatId, sql.placeholder("chatId")), eq(jobs.kind, "unread")))
    .orderBy(desc(jobs.ref))
    .limit(1);

const extend = (orm: WriteOrm) =>
  orm
    .update(jobs)
    .set({ last: sql`max(${jobs.last}, ${sql.placeholder("last")})` })
    .where(eq(jobs.id, sql.placeholder("id")));

const waiting = (orm: ReadOrm) =>
  orm.selectDistinct({ chatId: jobs.chatId }).from(jobs).where(among(jobs.chatId, "chatIds"));

const behind = (orm: ReadOrm) =>
  orm
    .select()
    .from(jobs)
    .where(and(gt(jobs.chatId, sql.placeholder("chatId")), sql`not ${among(jobs.chatId, "except")}`))
    .orderBy(asc(jobs.chatId), asc(jobs.id))
    .limit(1);

const goOn = (orm: WriteOrm) =>
  orm
    .update(jobs)
    .set({ after: sql`${sql.placeholder("after")}` })
    .where(eq(jobs.id, sql.placeholder("id")));

const remove = (orm: WriteOrm) => orm.delete(jobs).where(eq(jobs.id, sql.placeholder("id")));

/**
 * Puts a job at the end of its chat's. The same one that waits there already begins anew, and new messages join those
 * that nobody has been told of yet.
 */
export async function insertJob(tx: Tx, job: ChatJob): Promise<void> {
  if (job.kind === "unread" && job.after === 0) {
    const newest = await tx.prepared(newestUnread).get({ chatId: job.chatId });
    const joins = newest?.after === 0 && newest.ref <= job.ref && job.last - newest.ref < mostMessages;
    if (newest && joins) return void (await tx.prepared(extend).run({ id: newest.id, last: job.last }));
  }
  await tx.prepared(insert).run({ ...job });
}

/** Those of these chats in which something waits. */
export async function chatsWithJobs(read: Read, chatIds: Iterable<number>): Promise<number[]> {
  const rows = await read.prepared(waiting).all({ chatIds: toList(chatIds) });
  return rows.map((row) => row.chatId);
}

/** The first job of the chat whose turn it is after that of `chatId`, leaving out some chats. */
export async function nextJob(
  read: Read,
  chatId: number,
  leftOut: Iterable<number>,
): Promise<JobRow | undefined> {
  const except = toList(leftOut);
  const jobs = read.prepared(behind);
  return (await jobs.get({ chatId, except })) ?? jobs.get({ chatId: 0, except });
}

export async function moveJob(tx: Tx, id: number, after: number): Promise<void> {
  await tx.prepared(goOn).run({ id, after });
}

export async function deleteJob(tx: Tx, id: number): Promise<void> {
  await tx.prepared(remove).run({ id });
}
