import { ChatError } from "../../../core/errors.ts";
import type { Read } from "../../../platform/db/database.ts";
import { findUserByLogin, type UserRow } from "../users/store.ts";

/** Somebody by user name or e-mail address. Errors: `not_found`. */
export async function requireByName(read: Read, username: string): Promise<UserRow> {
  const user = await findUserByLogin(read, username);
  if (!user) throw new ChatError("not_found", `There is no user ${JSON.stringify(username)}.`);
  return user;
}
