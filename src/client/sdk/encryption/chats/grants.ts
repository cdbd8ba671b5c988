/** The keys of epochs from before somebody came: whoever lets them in may hand them over, where the chat's policy said so then. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import { importEncryptionKey, type PrivateKey } from "../../../../e2ee/keys.ts";
import type { MembershipStep } from "../../../../e2ee/membership.ts";
import { grantedKeys, mostEpochs, openGrant, sealGrant } from "../../crypto/grant.ts";
import type { EpochKey } from "../../crypto/message.ts";
import type { Epoch, EpochLog } from "./epoch-log.ts";
import { isCurrent } from "./identities.ts";
import { type MembershipLog, requireKey } from "./membership-log.ts";
import type { ChatKeys } from "./ports.ts";

export interface GrantParts {
  chat: number;
  keys: ChatKeys;
  membership: MembershipLog;
  epochs: EpochLog;
}

/**
 * For whom I have let in, all keys of before that they may have, the newest first; undefined where there are none. `now`: milliseconds since
 * 1970.
 */
export async function makeGrant(parts: GrantParts, user: number, now: number): Promise<string | undefined> {
  const { chat, keys, membership } = parts;
  const step = lastLetIn(membership.steps, user);
  const me = await keys.identity();
  if (step?.op !== "add" || step.ik_kid === null || step.by_kid !== me.kid) return undefined;
  const epochs = await openable(parts, allowed(parts, step.m).slice(-mostEpochs));
  const chain = (await keys.chains([user], true)).get(user);
  const head = chain?.at(-1);
  if (epochs.size === 0 || !head || !isCurrent(chain, step.ik_kid)) return undefined;
  const grant = {
    v: 1,
    iss: keys.iss,
    chat,
    to: user,
    to_kid: step.ik_kid,
    by: keys.userId,
    by_kid: me.kid,
    epochs: grantedKeys(epochs),
    iat: Math.floor(now / 1000),
  } as const;
  const recipient = { kid: head.encKid, publicKey: await importEncryptionKey(head.enc) };
  return sealGrant(grant, me.privateKey, recipient);
}

/**
 * The keys in a grant for me. Errors: BadObject where it is not from who let me in, or has keys that nobody may grant: also after a reset, when
 * nobody can know that I am who I was.
 */
export async function takeGrant(
  parts: GrantParts,
  { by_user_id, jwe }: { by_user_id: number; jwe: string },
  own: PrivateKey,
): Promise<Map<number, EpochKey>> {
  const { chat, keys, membership } = parts;
  const step = lastLetIn(membership.steps, keys.userId);
  if (step?.op !== "add" || step.ik_kid === null)
    throw new BadObject("nobody has let you in by an invitation");
  if (step.by !== by_user_id) throw new BadObject("it is not from whoever let you in");
  const byKey = requireKey((await keys.chains([step.by])).get(step.by), step.by_kid);
  const letIn = {
    iss: keys.iss,
    chat,
    to: keys.userId,
    toKid: step.ik_kid,
    by: step.by,
    byKid: step.by_kid,
    byKey,
  };
  const kids = allowed(parts, step.m).map(({ announcement: { n, kid } }) => [n, kid] as const);
  return openGrant(jwe, own, letIn, new Map(kids));
}

/** Epochs from before a step, of which the policy of then says that they may be handed over. */
function allowed({ membership, epochs }: GrantParts, m: number): Epoch[] {
  return epochs.all.filter(({ announcement }) => {
    const policy = membership.at(announcement.m)?.hist;
    return announcement.m < m && policy === "shared";
  });
}

async function openable({ epochs }: GrantParts, some: readonly Epoch[]): Promise<Map<number, EpochKey>> {
  const keys = new Map<number, EpochKey>();
  for (const { announcement } of some) {
    const key = await epochs.key(announcement.n).catch(() => undefined);
    if (key) keys.set(announcement.n, key);
  }
  return keys;
}

/** The step by which somebody is in the chat as they are now. */
function lastLetIn(steps: readonly MembershipStep[], user: number): MembershipStep | undefined {
  return steps.findLast(({ op, user: about }) => about === user && (op === "add" || op === "rekey"));
}
