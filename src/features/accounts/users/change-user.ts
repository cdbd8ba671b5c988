import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { userChanged } from "../events.ts";
import type { Profile } from "./profiles-store.ts";
import { updateUser, type UserRow } from "./store.ts";

const seenByOthers = ["username", "fullName", "avatarUrl", "bio", "isActive"] as const;

/** Changes an account, and has others hear of what they see of it. Errors: `email_taken`. */
export async function changeUser(
  { journal }: Pick<Kit, "journal">,
  tx: Tx,
  before: Profile,
  change: Partial<UserRow>,
): Promise<void> {
  const { id } = before;
  await updateUser(tx, id, change);
  const isSeen = seenByOthers.some((field) => field in change && change[field] !== before[field]);
  if (isSeen) await journal.record(tx, userChanged, userAudience(id), id, {});
}
