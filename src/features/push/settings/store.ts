import { sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { pushSettings } from "../tables.ts";

export type PushSettingsRow = typeof pushSettings.$inferSelect;

/** Of whoever has set nothing. */
export const usualSettings: Omit<PushSettingsRow, "userId"> = {
  content: "full",
  doNotDisturbUntil: null,
  quietFrom: null,
  quietTo: null,
  timeZone: null,
};

const ofUsers = (orm: ReadOrm) =>
  orm.select().from(pushSettings).where(among(pushSettings.userId, "userIds"));

const put = (orm: WriteOrm) =>
  orm
    .insert(pushSettings)
    .values({
      userId: sql.placeholder("userId"),
      content: sql.placeholder("content"),
      doNotDisturbUntil: sql.placeholder("doNotDisturbUntil"),
      quietFrom: sql.placeholder("quietFrom"),
      quietTo: sql.placeholder("quietTo"),
      timeZone: sql.placeholder("timeZone"),
    })
    .onConflictDoUpdate({
      target: pushSettings.userId,
      set: {
        content: sql`excluded.content`,
        doNotDisturbUntil: sql`excluded.do_not_disturb_until`,
        quietFrom: sql`excluded.quiet_from`,
        quietTo: sql`excluded.quiet_to`,
        timeZone: sql`excluded.time_zone`,
      },
    });

/** By user; those who have set nothing are not in there. */
export async function findSettings(
  read: Read,
  userIds: Iterable<number>,
): Promise<Map<number, PushSettingsRow>> {
  const rows = await read.prepared(ofUsers).all({ userIds: toList(userIds) });
  return new Map(rows.map((row) => [row.userId, row]));
}

export async function putSettings(tx: Tx, row: PushSettingsRow): Promise<void> {
  await tx.prepared(put).run(row);
}
