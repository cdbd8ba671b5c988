import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import type { UpdateMe } from "../schema.ts";
import { changeUser } from "./change-user.ts";
import { toNameKey } from "./name-search.ts";
import type { UserRow } from "./store.ts";

/** What is undefined stays. */
export type ProfileChange = Pick<UpdateMe, "full_name" | "bio" | "avatar_url"> & {
  email: string | undefined;
};

/** Changes what somebody may change of their account, and answers it. Errors: `email_taken`. */
export async function changeProfile(
  kit: Pick<Kit, "journal">,
  tx: Tx,
  user: UserRow,
  { full_name, bio, avatar_url, email }: ProfileChange,
): Promise<UserRow> {
  const change: Partial<UserRow> = {
    ...(full_name !== undefined && { fullName: full_name, nameKey: toNameKey(full_name) }),
    ...(bio !== undefined && { bio }),
    ...(avatar_url !== undefined && { avatarUrl: avatar_url }),
    ...(email !== undefined && { email, emailKey: email.toLowerCase() }),
  };
  if (Object.keys(change).length > 0) await changeUser(kit, tx, user, change);
  return { ...user, ...change };
}
