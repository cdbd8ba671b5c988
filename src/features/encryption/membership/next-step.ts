/** The next step of a membership chain: checked before the transaction, because signatures are not checked inside of one; then accepted. */
import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import type { EpochReason } from "../../../e2ee/epochs.ts";
import { type Membership, type MembershipStep, type Operation, readStep } from "../../../e2ee/membership.ts";
import { verify } from "../../../e2ee/signed.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { profilesById } from "../../accounts/index.ts";
import { findChat, requireMember } from "../../chat/index.ts";
import { identitiesOf, type Identity } from "../directory/identities.ts";
import { findLast } from "../directory/store.ts";
import { makeDue } from "../epochs/due.ts";
import { readObject } from "../read-object.ts";
import { serverId } from "../server-id/server-id.ts";
import { encryptionMembership } from "./events.ts";
import { addStep, type EncryptedRow, findEncrypted, toMembers } from "./store.ts";

/** A step that follows. */
export interface NextStep {
  chatId: number;
  text: string;
  step: MembershipStep;
  before: EncryptedRow | undefined;
  after: Membership;
}

/** Why another epoch has to begin after a step. A role changes nothing about who reads; a policy counts from the next epoch on. */
const dueAfter: Record<Operation, EpochReason | undefined> = {
  create: "create",
  add: "membership",
  remove: "membership",
  leave: "membership",
  rekey: "membership",
  policy: "membership",
  role: undefined,
};

/**
 * Reads the step after the chain's last one, which the caller has signed. Errors: `not_found`, `membership_conflict` where the chain is further, `bad_object`,
 * `bad_algorithm`.
 */
export async function readNextStep(kit: Kit, actor: Actor, chatId: number, text: string): Promise<NextStep> {
  const iss = await serverId(kit);
  const { chat, before, identities, key } = await kit.db.read((read) => lookUp(read, actor, chatId));
  const isGroup = chat.chatType === "group";
  const isIdentityOf = (user: number, chainKid: string, kid: string) => {
    const identity = identities.get(user);
    return identity !== undefined && identity.ikKid === kid && identity.ikKids.has(chainKid);
  };
  const read = async (): Promise<NextStep> => {
    const membership = before && { ...before, isGroup, members: toMembers(before) };
    const context = { iss, chat: chatId, isGroup, before: membership, isIdentityOf };
    const { step, after } = await readStep(text, context);
    if (step.payload.by !== actor.userId || !key) throw new BadObject("somebody else has signed it");
    await verify(step, key, step.payload.by_kid);
    return { chatId, text, step: step.payload, before, after };
  };
  return readObject("signed", read, "bad_object");
}

/** Where the chain stands, and the keys of everybody whom its next step can be about. */
async function lookUp(read: Read, { userId }: Actor, chatId: number) {
  await requireMember(read, chatId, userId);
  const chat = await findChat(read, chatId);
  if (!chat) throw new ChatError("not_found");
  const before = await findEncrypted(read, chatId);
  const ids = before ? before.members.map(([user]) => user) : [userId];
  const identities = await identitiesOf(read, new Set([...ids, userId]));
  return { chat, before, identities, key: (await findLast(read, userId))?.sig };
}

/**
 * Adds it to the chain, which still stands where it stood, and tells of it. Errors: `membership_conflict`, also where somebody has another
 * identity by now; `member_without_key`.
 */
export async function acceptStep(kit: Pick<Kit, "journal">, tx: Tx, next: NextStep): Promise<void> {
  const { chatId, text, step, after } = next;
  const now = await findEncrypted(tx, chatId);
  if (now?.hash !== next.before?.hash) throw new ChatError("membership_conflict");
  await requireIdentities(tx, [[step.by, step.by_kid], ...named(step)]);
  await addStep(tx, chatId, text, after);
  const told = { chat_id: chatId, m: step.m };
  await kit.journal.record(tx, encryptionMembership, chatAudience(chatId), step.m, told);
  const due = dueAfter[step.op];
  if (due) await makeDue(kit, tx, chatId, due);
}

/** Whom a step names, each with the identity that it gives them. */
function named({ user, ik_kid: kid, members }: MembershipStep): [user: number, ikKid: string][] {
  if (members) return members.map(([id, ikKid]) => [id, ikKid]);
  return user !== null && kid !== null ? [[user, kid]] : [];
}

/** That each has this identity now. Errors: `member_without_key`, which names all who have none; `membership_conflict`. */
async function requireIdentities(read: Read, of: [user: number, ikKid: string][]): Promise<void> {
  const ids = of.map(([user]) => user);
  const identities = await identitiesOf(read, new Set(ids));
  await requireKeys(read, ids, identities);
  if (of.some(([user, kid]) => identities.get(user)?.ikKid !== kid))
    throw new ChatError("membership_conflict", "Somebody has other keys by now; look at them again.");
}

/** Errors: `member_without_key`. */
export async function requireKeys(
  read: Read,
  ids: readonly number[],
  identities: ReadonlyMap<number, Identity>,
): Promise<void> {
  const lacking = ids.filter((id) => !identities.has(id));
  if (lacking.length === 0) return;
  const profiles = await profilesById(read, lacking);
  const names = lacking.map((id) => `${profiles.get(id)?.username ?? "?"} (${id})`);
  throw new ChatError("member_without_key", `No confirmed keys: ${names.join(", ")}.`);
}
