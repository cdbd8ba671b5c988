import type { OperatorKit } from "../../../feature.ts";
import { refuseWeak } from "../passwords/passwords.ts";
import type { Me } from "../schema.ts";
import { endSessionsOf } from "../sessions/end-sessions.ts";
import { passwords } from "../state.ts";
import { toMe } from "../users/account.ts";
import { updateUser } from "../users/store.ts";
import { requireByName } from "./require-by-name.ts";

/** Gives somebody another password and ends their sessions. Errors: `weak_password`, `not_found`. */
export async function setPassword(kit: OperatorKit, username: string, password: string): Promise<Me> {
  refuseWeak(password);
  const passwordHash = await passwords(kit).hash(password);
  return kit.db.transact(async (tx) => {
    const user = await requireByName(tx, username);
    await endSessionsOf(kit, tx, user.id);
    await updateUser(tx, user.id, { passwordHash });
    return toMe(kit, user);
  });
}
