import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { countConfirmation, forgetConfirmations } from "../limits.ts";
import { setPasswordAt } from "../sessions/store.ts";
import { passwords } from "../state.ts";
import { requireSelf } from "../users/account.ts";
import type { UserRow } from "../users/store.ts";

/** The account of who has given their current password. Errors: `wrong_password`, `rate_limited`, `overloaded`. */
export async function confirmPassword(
  kit: Kit,
  actor: Actor,
  given: string,
  origin: Origin,
): Promise<UserRow> {
  const user = await kit.db.read((read) => requireSelf(read, actor));
  countConfirmation(kit, actor.sessionId);
  const isRight = await passwords(kit).verify(given, user.passwordHash, { ...origin, isKnown: true });
  if (!isRight) throw new ChatError("wrong_password");
  forgetConfirmations(kit, actor.sessionId);
  await kit.db.transact((tx) => setPasswordAt(tx, actor.sessionId, kit.clock.now()));
  return user;
}
