import type { Actor } from "../../../core/actor.ts";
import { mostMembers } from "../../../e2ee/membership.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { findSize, requireMember } from "../../chat/index.ts";
import { findEncrypted } from "../membership/store.ts";
import { dueNow } from "./due.ts";
import { type Readers, readersOfNext, readersOfPlain } from "./roster.ts";
import type { EncryptionState, RosterRow } from "./schema.ts";

/** Whether a chat is encrypted, and who its next epoch has to be for. Errors: `not_found`. */
export function getEncryption(kit: Kit, actor: Actor, chatId: number): Promise<EncryptionState> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    await requireMember(read, chatId, me.id);
    return viewEncryption(kit, read, chatId);
  });
}

export async function viewEncryption(kit: Kit, read: Read, chatId: number): Promise<EncryptionState> {
  const row = await findEncrypted(read, chatId);
  if (row) {
    const due = await dueNow(kit, read, chatId, row);
    return { on: true, epoch: row.n, due, ...toShown(await readersOfNext(read, row)) };
  }
  const { memberCount } = await findSize(read, chatId);
  const readers =
    memberCount > mostMembers ? { roster: [], withoutKeys: [] } : await readersOfPlain(read, chatId);
  return { on: false, epoch: 0, due: null, ...toShown(readers) };
}

function toShown({ roster, withoutKeys }: Readers): Pick<EncryptionState, "roster" | "without_keys"> {
  const toShownRow = ({ user, ikKid, ekKid }: Readers["roster"][number]): RosterRow => ({
    user_id: user,
    ik_kid: ikKid,
    ek_kid: ekKid,
  });
  return { roster: roster.map(toShownRow), without_keys: withoutKeys };
}
