import { and, eq, exists, gt, isNull, or, sql } from "drizzle-orm";

import { entries, entryKey, entryValue, toEntries } from "../../../platform/db/among.ts";
import type { Read, ReadOrm } from "../../../platform/db/database.ts";
import type { Membership } from "../../chat/index.ts";
import { notifications } from "../tables.ts";

const one = { one: sql`1` };
const ofMessages = and(
  eq(notifications.chatId, sql.placeholder("chatId")),
  eq(notifications.type, "message"),
);

const told = (orm: ReadOrm) => {
  const unread = and(
    ofMessages,
    eq(notifications.userId, entryKey),
    isNull(notifications.readPos),
    gt(notifications.messageId, entryValue),
  );
  const readSince = and(
    ofMessages,
    // Not by the index of all their notifications: what has been marked since is little.
    eq(sql`${notifications.userId} + 0`, entryKey),
    gt(notifications.readPos, sql.placeholder("position")),
  );
  const any = (where: typeof unread) => exists(orm.select(one).from(notifications).where(where));
  return orm
    .select({ userId: entryKey })
    .from(entries("lastRead"))
    .where(or(any(unread), any(readSince)));
};

/** Those of `members` who have an unread notification of a chat, or had one when its event at `position` came. */
export async function toldSince(
  read: Read,
  chatId: number,
  position: number,
  members: Pick<Membership, "userId" | "lastReadId">[],
): Promise<Set<number>> {
  if (members.length === 0) return new Set();
  const lastRead = toEntries(members.map((one) => [one.userId, one.lastReadId]));
  const rows = await read.prepared(told).all({ chatId, position, lastRead });
  return new Set(rows.map((row) => row.userId));
}
