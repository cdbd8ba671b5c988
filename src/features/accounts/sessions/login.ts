import { ChatError } from "../../../core/errors.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { findKnownAddress } from "../addresses/known-addresses.ts";
import { countLogin } from "../limits.ts";
import type { Asker } from "../passwords/password-queue.ts";
import type { Login } from "../schema.ts";
import { passwords } from "../state.ts";
import { findUser, findUserByLogin, updateUser, type UserRow } from "../users/store.ts";
import { openSession } from "./open-session.ts";
import { loadLoginParts } from "./parts.ts";
import { type SignedIn, toSignedIn } from "./signed-in.ts";

/**
 * Signs in. Where there have been too many attempts, only the right password of somebody who has signed in from there
 * before is taken. Until it has turned out to be that, all is done alike, whether or not somebody is called so: nothing
 * that is answered, nor how soon, tells. Errors: `rate_limited`, `overloaded`, `bad_credentials`.
 */
export async function login(kit: Kit, input: Login, origin: Origin): Promise<SignedIn> {
  const { found, isKnown, isOwn } = await kit.db.read(async (read) => {
    const found = await findUserByLogin(read, input.username);
    return { found, ...(await findKnownAddress(kit, read, found?.id, origin.address)) };
  });
  const attempt = countLogin(kit, input.username, origin, isKnown);
  const asker = { ...origin, isKnown };
  const isRight = found
    ? await passwords(kit).verify(input.password, found.passwordHash, asker)
    : await passwords(kit).verifyNobody(input.password, asker);
  if (!found?.isActive || !isRight || (attempt.refusal && !isOwn)) {
    throw attempt.refusal ?? new ChatError("bad_credentials");
  }
  attempt.succeeded();
  const better = await rehash(kit, found, input.password, asker);
  const { user, session, parts } = await kit.db.transact(async (tx) => {
    const user = await findUser(tx, found.id);
    // Disabled or given another password while the hash was computed.
    if (!user?.isActive || user.passwordHash !== found.passwordHash) throw new ChatError("bad_credentials");
    if (better) await updateUser(tx, user.id, { passwordHash: better });
    const session = await openSession(kit, tx, user.id, origin, input.cookie ?? false);
    const parts = await loadLoginParts(tx, { userId: user.id, sessionId: session.id });
    return { user, session, parts };
  });
  return toSignedIn(kit, user, session, parts);
}

/** The hash at today's cost, where it was made at another. */
async function rehash(
  kit: Kit,
  { passwordHash }: UserRow,
  password: string,
  asker: Asker,
): Promise<string | undefined> {
  return passwords(kit).isOutdated(passwordHash) ? passwords(kit).hash(password, asker) : undefined;
}
