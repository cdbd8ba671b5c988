/** What is taken out of the outbox. */
import { and, asc, count, eq, gt, isNotNull, lt, lte, sql } from "drizzle-orm";

import { among, amongPairs, toList, toPairs } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { updateOf } from "../../../platform/db/update.ts";
import type { ChannelName } from "../../../platform/push/push.ts";
import type { OutboxRow } from "../outbox/store.ts";
import { pushOutbox } from "../tables.ts";

// By literals, not parameters: otherwise SQLite does not use the indexes of these few rows (partial indexes).
const isGone = sql`${pushOutbox.isGone}`;
const isToTell = sql`${pushOutbox.showAt} > 0`;

// What is due

const line = and(
  eq(pushOutbox.channel, sql.placeholder("channel")),
  eq(pushOutbox.isFailing, sql`${sql.placeholder("isFailing")}`),
  isNotNull(pushOutbox.dueAt),
);

const due = (orm: ReadOrm) =>
  orm
    .select()
    .from(pushOutbox)
    .where(
      and(line, lte(pushOutbox.dueAt, sql.placeholder("now")), sql`not ${among(pushOutbox.userId, "busy")}`),
    )
    .orderBy(asc(pushOutbox.dueAt))
    .limit(sql.placeholder("limit"));

const next = (orm: ReadOrm) =>
  orm
    .select({ at: pushOutbox.dueAt })
    .from(pushOutbox)
    .where(and(line, gt(pushOutbox.dueAt, sql.placeholder("now"))))
    .orderBy(asc(pushOutbox.dueAt))
    .limit(1);

const hasten = (orm: WriteOrm) =>
  orm
    .update(pushOutbox)
    .set({ dueAt: sql`${sql.placeholder("now")}` })
    .where(and(line, gt(pushOutbox.dueAt, sql.placeholder("after"))));

/** A service's rows wait in two lines: those of devices that have failed lately hold up no others. */
export interface Line {
  channel: ChannelName;
  isFailing: boolean;
}

const bind = ({ channel, isFailing }: Line) => ({ channel, isFailing: Number(isFailing) });

/** Those that are due at `now`, in milliseconds of the clock, longest first, but of these people. */
export function dueRows(
  read: Read,
  line: Line,
  { busy, ...when }: { now: number; busy: number[]; limit: number },
): Promise<OutboxRow[]> {
  return read.prepared(due).all({ ...bind(line), busy: toList(busy), ...when });
}

/** When the next is due after `now`. */
export async function nextDue(read: Read, line: Line, now: number): Promise<number | undefined> {
  return (await read.prepared(next).get({ ...bind(line), now }))?.at ?? undefined;
}

/** Those that are due after this time are due `now`. */
export async function hastenRows(tx: Tx, line: Line, when: { after: number; now: number }): Promise<void> {
  await tx.prepared(hasten).run({ ...bind(line), ...when });
}

// One row

const thatRow = and(
  eq(pushOutbox.deviceId, sql.placeholder("deviceId")),
  eq(pushOutbox.chatId, sql.placeholder("chatId")),
);

const one = (orm: ReadOrm) => orm.select().from(pushOutbox).where(thatRow);
const change = updateOf(pushOutbox, thatRow);
const remove = (orm: WriteOrm) => orm.delete(pushOutbox).where(thatRow);

type Key = Pick<OutboxRow, "deviceId" | "chatId">;

export function findRow(read: Read, { deviceId, chatId }: Key): Promise<OutboxRow | undefined> {
  return read.prepared(one).get({ deviceId, chatId });
}

export async function changeRow(
  tx: Tx,
  { deviceId, chatId }: Key,
  values: Partial<OutboxRow>,
): Promise<void> {
  await change(tx, { deviceId, chatId }, values);
}

export async function deleteRow(tx: Tx, { deviceId, chatId }: Key): Promise<void> {
  await tx.prepared(remove).run({ deviceId, chatId });
}

// A device

const ofDevice = eq(pushOutbox.deviceId, sql.placeholder("deviceId"));

const postpone = (orm: WriteOrm) =>
  orm
    .update(pushOutbox)
    .set({ isFailing: true, dueAt: sql`${sql.placeholder("until")}` })
    .where(and(ofDevice, lt(pushOutbox.dueAt, sql.placeholder("until"))));

const goneOf = (orm: ReadOrm) =>
  orm
    .select({ deviceId: pushOutbox.deviceId, chatId: pushOutbox.chatId })
    .from(pushOutbox)
    .where(and(among(pushOutbox.deviceId, "deviceIds"), isGone, eq(pushOutbox.showAt, 0)))
    .limit(sql.placeholder("limit"));

const close = (orm: WriteOrm) =>
  orm
    .update(pushOutbox)
    .set({ shownId: 0, shownNotificationId: 0, isGone: false })
    .where(and(ofDevice, among(pushOutbox.chatId, "chatIds"), isGone));

const removeClosed = (orm: WriteOrm) =>
  orm
    .delete(pushOutbox)
    .where(and(ofDevice, among(pushOutbox.chatId, "chatIds"), isGone, sql`${pushOutbox.dueAt} is null`));

/** A device is told nothing before this time. */
export async function postponeDevice(tx: Tx, deviceId: number, until: number): Promise<void> {
  await tx.prepared(postpone).run({ deviceId, until });
}

/** Some chats of which these browsers show what is gone. */
export function goneRows(read: Read, deviceIds: Iterable<number>, limit: number): Promise<Key[]> {
  return read.prepared(goneOf).all({ deviceIds: toList(deviceIds), limit });
}

/** A browser has been told to close what it shows of these chats. */
export async function setClosed(tx: Tx, deviceId: number, chatIds: number[]): Promise<void> {
  if (chatIds.length === 0) return;
  const values = { deviceId, chatIds: toList(chatIds) };
  await tx.prepared(removeClosed).run(values);
  await tx.prepared(close).run(values);
}

// What is too old, or too much

const old = (orm: ReadOrm) =>
  orm
    .select()
    .from(pushOutbox)
    .where(and(isToTell, lt(pushOutbox.lastAt, sql.placeholder("before"))))
    .orderBy(asc(pushOutbox.lastAt))
    .limit(sql.placeholder("limit"));

const waiting = (orm: ReadOrm) => orm.select({ count: count() }).from(pushOutbox).where(isToTell);

export const nothingToTell = {
  firstId: 0,
  lastId: 0,
  notificationId: 0,
  lastAt: 0,
  showAt: 0,
} as const;

const drop = (orm: WriteOrm) =>
  orm
    .update(pushOutbox)
    .set({ ...nothingToTell, revision: sql`${pushOutbox.revision} + 1` })
    .where(amongPairs(pushOutbox.deviceId, pushOutbox.chatId, "pairs"));

const removeIdle = (orm: WriteOrm) =>
  orm
    .delete(pushOutbox)
    .where(
      and(
        amongPairs(pushOutbox.deviceId, pushOutbox.chatId, "pairs"),
        eq(pushOutbox.shownId, 0),
        eq(pushOutbox.shownNotificationId, 0),
      ),
    );

/** Some that are to be told only of what came before this time, oldest first. */
export function oldRows(read: Read, before: number, limit: number): Promise<OutboxRow[]> {
  return read.prepared(old).all({ before, limit });
}

/** How many devices are to be told something of a chat. */
export async function countWaiting(read: Read): Promise<number> {
  return (await read.prepared(waiting).get())?.count ?? 0;
}

/** Nobody is to be told of these any more; what is shown is still known. */
export async function dropRows(tx: Tx, rows: Key[]): Promise<void> {
  const pairs = toPairs(rows.map((row): [number, number] => [row.deviceId, row.chatId]));
  await tx.prepared(removeIdle).run({ pairs });
  await tx.prepared(drop).run({ pairs });
}
