/** Steps about an account as a whole, as only its owner and the operator see it. */
import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import { toTime } from "../../core/wire.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { toNameKey } from "./name-search.ts";
import { everybodysName, requireActor, toUser } from "./people.ts";
import type * as wire from "./schema.ts";
import * as store from "./store.ts";

/** Errors: `username_taken`, `email_taken`. */
export async function addAccount(
  tx: Tx,
  input: z.output<typeof wire.Register>,
  passwordHash: string,
  at: number,
): Promise<store.UserRow> {
  if (input.username.toLowerCase() === everybodysName) throw new ChatError("username_taken");
  return store.insertUser(tx, {
    username: input.username,
    usernameKey: input.username.toLowerCase(),
    email: input.email,
    emailKey: input.email.toLowerCase(),
    fullName: input.full_name ?? null,
    nameKey: toNameKey(input.full_name ?? null),
    passwordHash,
    createdAt: at,
  });
}

/** The whole account of the one who asks. Errors: `unauthorized`. */
export async function requireSelf(read: Read, actor: Actor): Promise<store.UserRow> {
  await requireActor(read, actor);
  return (await store.findUser(read, actor.userId))!;
}

export function toMe(row: store.UserRow, isOnline: (userId: number) => boolean): z.infer<typeof wire.Me> {
  return {
    ...toUser(row, isOnline),
    email: row.email,
    created_at: toTime(row.createdAt),
  };
}
