/** An account as a whole, as only its owner and the operator see it. */
import type { Actor } from "../../../core/actor.ts";
import { BadToken, ChatError } from "../../../core/errors.ts";
import { toTime } from "../../../core/wire.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import type { Me, Register } from "../schema.ts";
import { toNameKey } from "./name-search.ts";
import { everybodysName, requireActor } from "./person.ts";
import { toUser } from "./profile.ts";
import { findUser, insertUser, type UserRow } from "./store.ts";

/** Errors: `username_taken`, `email_taken`. */
export async function addAccount(
  { clock }: Pick<Kit, "clock">,
  tx: Tx,
  input: Register,
  passwordHash: string,
): Promise<UserRow> {
  const usernameKey = input.username.toLowerCase();
  if (usernameKey === everybodysName) throw new ChatError("username_taken");
  return insertUser(tx, {
    username: input.username,
    usernameKey,
    email: input.email,
    emailKey: input.email.toLowerCase(),
    fullName: input.full_name ?? null,
    nameKey: toNameKey(input.full_name ?? null),
    passwordHash,
    createdAt: clock.now(),
  });
}

/** The whole account of the one who asks. Errors: `unauthorized`. */
export async function requireSelf(read: Read, actor: Actor): Promise<UserRow> {
  await requireActor(read, actor);
  const self = await findUser(read, actor.userId);
  if (!self) throw new BadToken(actor.sessionId);
  return self;
}

export function toMe({ presence }: Pick<Kit, "presence">, user: UserRow): Me {
  return {
    ...toUser(user, (userId) => presence.isOnline(userId)),
    email: user.email,
    created_at: toTime(user.createdAt),
  };
}
