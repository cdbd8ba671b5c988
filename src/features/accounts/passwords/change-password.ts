import type { Actor } from "../../../core/actor.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import type { ChangePassword } from "../schema.ts";
import { endSessionsOf } from "../sessions/end-sessions.ts";
import { passwords } from "../state.ts";
import { requireSelf } from "../users/account.ts";
import { updateUser } from "../users/store.ts";
import { confirmPassword } from "./confirm-password.ts";
import { refuseWeak } from "./passwords.ts";

/** Gives oneself another password; one's other sessions end. Errors: those of `confirmPassword`, `weak_password`. */
export async function changePassword(
  kit: Kit,
  actor: Actor,
  input: ChangePassword,
  origin: Origin,
): Promise<void> {
  await confirmPassword(kit, actor, input.current_password, origin);
  refuseWeak(input.new_password);
  const passwordHash = await passwords(kit).hash(input.new_password, { ...origin, isKnown: true });
  await kit.db.transact(async (tx) => {
    const user = await requireSelf(tx, actor);
    await updateUser(tx, user.id, { passwordHash });
    await endSessionsOf(kit, tx, user.id, actor.sessionId);
  });
}
