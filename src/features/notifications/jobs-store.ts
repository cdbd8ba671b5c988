import { and, asc, desc, eq, gt, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import type { Job } from "./jobs.ts";
import { notificationJobs as jobs } from "./tables.ts";

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

const anyOf = (orm: ReadOrm) =>
  orm
    .select({ id: jobs.id })
    .from(jobs)
    .where(eq(jobs.chatId, sql.placeholder("chatId")))
    .limit(1);

const behind = (orm: ReadOrm) =>
  orm
    .select()
    .from(jobs)
    .where(
      and(
        gt(jobs.chatId, sql.placeholder("chatId")),
        sql`${jobs.chatId} not in (select value from json_each(${sql.placeholder("except")}))`,
      ),
    )
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
export async function insertJob(tx: Tx, job: Job): Promise<void> {
  if (job.kind === "unread" && job.after === 0) {
    const newest = await tx.prepared(newestUnread).get({ chatId: job.chatId });
    const joins = newest?.after === 0 && newest.ref <= job.ref && job.last - newest.ref < mostMessages;
    if (newest && joins) return void (await tx.prepared(extend).run({ id: newest.id, last: job.last }));
  }
  await tx.prepared(insert).run({ ...job });
}

/** Whether anything waits in a chat. */
export async function hasJobs(read: Read, chatId: number): Promise<boolean> {
  return (await read.prepared(anyOf).get({ chatId })) !== undefined;
}

/** The first job of the chat whose turn it is after that of `chatId`, leaving out some chats. */
export async function nextJob(read: Read, chatId: number, leftOut: Iterable<number>) {
  const except = JSON.stringify([...leftOut]);
  const jobs = read.prepared(behind);
  return (await jobs.get({ chatId, except })) ?? jobs.get({ chatId: 0, except });
}

export async function moveJob(tx: Tx, id: number, after: number): Promise<void> {
  await tx.prepared(goOn).run({ id, after });
}

export async function deleteJob(tx: Tx, id: number): Promise<void> {
  await tx.prepared(remove).run({ id });
}
