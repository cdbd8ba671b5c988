import type { Actor } from "../../../core/actor.ts";
import type { Origin } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import {
  changeProfile,
  confirmPassword,
  countEmailChange,
  type Me,
  requireSelf,
  toMe,
  type UpdateMe,
} from "../../accounts/index.ts";
import { requirePicture } from "../../chat/index.ts";

/**
 * Changes one's own account. Whether an e-mail address is taken is worth asking for, so each time counts, unless it is
 * one's own. Errors: `wrong_password`, `email_taken`, `rate_limited`, `validation` for a picture that one cannot see.
 */
export async function updateMe(kit: Kit, actor: Actor, input: UpdateMe, origin: Origin): Promise<Me> {
  const email = input.email ?? undefined;
  if (email !== undefined) {
    const { id, emailKey } = await confirmPassword(kit, actor, input.current_password ?? "", origin);
    if (emailKey !== email.toLowerCase()) countEmailChange(kit, id);
  }
  return kit.db.transact(async (tx) => {
    const user = await requireSelf(tx, actor);
    await requirePicture(tx, input.avatar_url, user.id);
    return toMe(kit, await changeProfile(kit, tx, user, { ...input, email }));
  });
}
