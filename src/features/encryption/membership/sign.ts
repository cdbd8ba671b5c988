import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { activeAmong, profilesById, requireActor } from "../../accounts/index.ts";
import { changeChat, pace, requireMember, requireOpen, rolesIn, succeed } from "../../chat/index.ts";
import { identitiesOf } from "../directory/identities.ts";
import type { EncryptionState } from "../epochs/schema.ts";
import { viewEncryption } from "../epochs/state.ts";
import { acceptStep, type NextStep, readNextStep, requireKeys } from "./next-step.ts";
import { toMembers } from "./store.ts";

/** The chat is told of the step, of what is due because of it, and that it is encrypted. */
const eventsOfStep = 3;

export interface SignedChat {
  isCreated: boolean;
  state: EncryptionState;
}

/**
 * Turns encryption on, for good, or changes the policy: what no call about a member carries. Errors: `not_found`, `chat_inactive`,
 * `peer_inactive`, `member_without_key`, and `membership_conflict` where those listed are not who is in the chat; those of `readNextStep`.
 */
export async function signChat(kit: Kit, actor: Actor, chatId: number, signed: string): Promise<SignedChat> {
  await pace(kit).wait(chatId, actor.userId, { events: eventsOfStep });
  const next = await readNextStep(kit, actor, chatId, signed);
  const isCreated = next.step.op === "create";
  if (!isCreated && next.step.op !== "policy")
    throw new ChatError("bad_object", "signed: such a step goes with a call about members.");
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const standing = await requireMember(tx, chatId, me.id);
    await requireOpen(tx, standing, me.id);
    if (isCreated) await requireEverybody(kit, tx, next);
    await acceptStep(kit, tx, next);
    if (standing.encryptionEpoch === null) await changeChat(kit, tx, chatId, { encryptionEpoch: 0 });
    return { isCreated, state: await viewEncryption(kit, tx, chatId) };
  });
}

/**
 * That everybody whose account is open is listed, in their role; where a chain begins anew, everybody of them who was in it. Without its
 * owner their successor is the owner from then on. Errors: `member_without_key`, `membership_conflict`.
 */
async function requireEverybody(kit: Kit, tx: Tx, { chatId, before, after }: NextStep): Promise<void> {
  const known = before && toMembers(before);
  const there = (await rolesIn(tx, chatId)).filter((one) => known?.has(one.userId) ?? true);
  const open = await activeAmong(
    tx,
    there.map((one) => one.userId),
  );
  await requireKeys(tx, [...open], await identitiesOf(tx, open));
  const others = there.filter(
    (one) => open.has(one.userId) && after.members.get(one.userId)?.role !== one.role,
  );
  const [heir] = others;
  const isSuccession =
    before && others.length === 1 && heir && after.members.get(heir.userId)?.role === "owner";
  if (after.members.size !== open.size || (others.length > 0 && !isSuccession))
    throw new ChatError("membership_conflict");
  if (!isSuccession) return;
  const person = (await profilesById(tx, [heir.userId])).get(heir.userId);
  if (person) await succeed(kit, tx, chatId, person);
}
