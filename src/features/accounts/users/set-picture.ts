import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { changeUser } from "./change-user.ts";
import { requireProfile } from "./profile.ts";

/** Gives somebody the picture at this address, and answers the one before. Errors: `not_found`. */
export async function setPicture(
  kit: Pick<Kit, "journal">,
  tx: Tx,
  userId: number,
  avatarUrl: string,
): Promise<string | null> {
  const before = await requireProfile(tx, userId);
  await changeUser(kit, tx, before, { avatarUrl });
  return before.avatarUrl;
}
