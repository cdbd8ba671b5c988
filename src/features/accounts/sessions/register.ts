import { ChatError } from "../../../core/errors.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { findKnownAddress } from "../addresses/known-addresses.ts";
import { countRegistration } from "../limits.ts";
import { refuseWeak } from "../passwords/passwords.ts";
import type { Register } from "../schema.ts";
import { passwords } from "../state.ts";
import { addAccount } from "../users/account.ts";
import { openSession } from "./open-session.ts";
import { takeRegistrationSteps } from "./parts.ts";
import { type SignedIn, toSignedIn } from "./signed-in.ts";

/**
 * Makes an account and signs in. Errors: `registration_closed`, `weak_password`, `rate_limited`, `overloaded`,
 * `username_taken`, `email_taken`.
 */
export async function register(kit: Kit, input: Register, origin: Origin): Promise<SignedIn> {
  if (kit.settings.registration === "closed") throw new ChatError("registration_closed");
  refuseWeak(input.password);
  countRegistration(kit, origin);
  const { isKnown } = await kit.db.read((read) => findKnownAddress(kit, read, undefined, origin.address));
  const passwordHash = await passwords(kit).hash(input.password, { ...origin, isKnown });
  const { user, session } = await kit.db.transact(async (tx) => {
    const user = await addAccount(kit, tx, input, passwordHash);
    return { user, session: await openSession(kit, tx, user.id, origin, input.cookie ?? false) };
  });
  const actor = { userId: user.id, sessionId: session.id };
  return toSignedIn(kit, user, session, await takeRegistrationSteps(kit, actor, input));
}
