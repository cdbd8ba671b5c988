import type { OperatorKit } from "../../../feature.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { endSessionsOf } from "../sessions/end-sessions.ts";
import { changeUser } from "../users/change-user.ts";
import type { UserRow } from "../users/store.ts";
import { requireByName } from "./require-by-name.ts";

export interface SetActive {
  user: UserRow;
  /** False where it was so before. */
  hasChanged: boolean;
}

/**
 * Closes an account, which ends its sessions, or opens it again, in the transaction of whoever knows what else follows.
 * Errors: `not_found`.
 */
export async function setActive(
  kit: OperatorKit,
  tx: Tx,
  username: string,
  isActive: boolean,
): Promise<SetActive> {
  const user = await requireByName(tx, username);
  if (user.isActive === isActive) return { user, hasChanged: false };
  if (!isActive) await endSessionsOf(kit, tx, user.id);
  await changeUser(kit, tx, user, { isActive });
  return { user: { ...user, isActive }, hasChanged: true };
}
