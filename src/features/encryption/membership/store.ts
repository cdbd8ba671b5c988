import { and, asc, eq, gt, sql } from "drizzle-orm";

import type { ChainMember, Membership } from "../../../e2ee/membership.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { updateOf } from "../../../platform/db/update.ts";
import { encryptedChats, membershipSteps } from "../tables.ts";

/** Where both chains of an encrypted chat stand. */
export type EncryptedRow = typeof encryptedChats.$inferSelect;

const ofChat = eq(encryptedChats.chatId, sql.placeholder("chatId"));

const byChat = (orm: ReadOrm) => orm.select().from(encryptedChats).where(ofChat);

const steps = (orm: ReadOrm) =>
  orm
    .select({ m: membershipSteps.m, step: membershipSteps.step })
    .from(membershipSteps)
    .where(
      and(
        eq(membershipSteps.chatId, sql.placeholder("chatId")),
        gt(membershipSteps.m, sql.placeholder("since")),
      ),
    )
    .orderBy(asc(membershipSteps.m))
    .limit(sql.placeholder("limit"));

export function findEncrypted(read: Read, chatId: number): Promise<EncryptedRow | undefined> {
  return read.prepared(byChat).get({ chatId });
}

/** The steps behind `since`, in their order. */
export function stepsAfter(
  read: Read,
  chatId: number,
  since: number,
  limit: number,
): Promise<{ m: number; step: string }[]> {
  return read.prepared(steps).all({ chatId, since, limit });
}

export function toMembers({ members }: Pick<EncryptedRow, "members">): Map<number, ChainMember> {
  return new Map(members.map(([user, ikKid, role, since]) => [user, { ikKid, role, since }]));
}

// Writing

const insert = (orm: WriteOrm) =>
  orm.insert(encryptedChats).values({
    chatId: sql.placeholder("chatId"),
    m: sql.placeholder("m"),
    hash: sql.placeholder("hash"),
    hist: sql.placeholder("hist"),
    members: sql.placeholder("members"),
  });

const insertStep = (orm: WriteOrm) =>
  orm.insert(membershipSteps).values({
    chatId: sql.placeholder("chatId"),
    m: sql.placeholder("m"),
    step: sql.placeholder("step"),
  });

const update = updateOf(encryptedChats, ofChat);

/** Adds a step, after which the chain stands there. */
export async function addStep(
  tx: Tx,
  chatId: number,
  step: string,
  { m, hash, hist, members: map }: Membership,
): Promise<void> {
  const members: EncryptedRow["members"] = [...map].map(([user, { ikKid, role, since }]) => [
    user,
    ikKid,
    role,
    since,
  ]);
  const state = { m, hash, hist, members };
  if (m === 1) await tx.prepared(insert).run({ chatId, ...state });
  else await update(tx, { chatId }, state);
  await tx.prepared(insertStep).run({ chatId, m, step });
}

export function updateEncrypted(tx: Tx, chatId: number, change: Partial<EncryptedRow>): Promise<void> {
  return update(tx, { chatId }, change);
}
