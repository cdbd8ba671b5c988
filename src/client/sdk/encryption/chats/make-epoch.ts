/** A new epoch: whoever sends next makes it, for everybody who may read from then on. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import {
  type Announcement,
  type EpochReason,
  requireRoster,
  rosterHash,
  type RosterRow,
} from "../../../../e2ee/epochs.ts";
import { importEncryptionKey } from "../../../../e2ee/keys.ts";
import type { Membership } from "../../../../e2ee/membership.ts";
import { hashOf, sign } from "../../../../e2ee/signed.ts";
import { encloseEpochKey, makeEpochKey } from "../../crypto/epoch-key.ts";
import type { EpochKey } from "../../crypto/message.ts";
import type { Epoch } from "./epoch-log.ts";
import { identitiesOf } from "./identities.ts";
import type { Chain, ChatKeys } from "./ports.ts";
import { ChatProblem } from "./problem.ts";

export interface MadeEpoch {
  n: number;
  announcement: string;
  envelope: string;
  key: EpochKey;
}

export interface EpochPlan {
  chat: number;
  before: Epoch | undefined;
  membership: Membership;
  /** Whom the server names. */
  roster: readonly RosterRow[];
  reason: EpochReason;
  /** Seconds since 1970. */
  iat: number;
}

/**
 * Errors: ChatProblem `blocked`; BadObject where the server names somebody who may not read, or by other keys than theirs. Whom it leaves out cannot read, which
 * is safe.
 */
export async function makeEpoch(keys: ChatKeys, plan: EpochPlan): Promise<MadeEpoch> {
  const { chat, before, membership, roster } = plan;
  const chains = await keys.chains(
    roster.map((one) => one.user),
    true,
  );
  const isIdentityOf = identitiesOf(chains);
  const then = before && { m: before.announcement.m, users: new Set(before.roster.map((one) => one.user)) };
  requireRoster(roster, membership, then, isIdentityOf);
  const recipients = await Promise.all(roster.map((row) => recipientOf(keys, chains.get(row.user), row)));
  const [key, me] = await Promise.all([makeEpochKey(), keys.identity()]);
  const n = (before?.announcement.n ?? 0) + 1;
  const payload: Announcement = {
    v: 1,
    iss: keys.iss,
    chat,
    n,
    prev: before?.hash ?? null,
    kid: key.kid,
    m: membership.m,
    members: membership.hash,
    roster: await rosterHash(roster),
    by: keys.userId,
    by_kid: me.kid,
    reason: plan.reason,
    iat: plan.iat,
  };
  const announcement = await sign("chat-epoch+jws", payload, me.kid, me.privateKey);
  const ann = await hashOf(announcement);
  return { n, announcement, envelope: await encloseEpochKey(key, { chat, n, ann }, recipients), key };
}

/** Errors: ChatProblem `blocked`; BadObject where these are not the keys that somebody has now, or nobody knows whose they are. */
async function recipientOf(keys: ChatKeys, chain: Chain | undefined, { user, ikKid, ekKid }: RosterRow) {
  const head = chain?.at(-1);
  if (!head || head.sigKid !== ikKid || head.encKid !== ekKid)
    throw new BadObject(`the server names other keys of person ${user} than the directory has`);
  const blocks = keys.blocks(user);
  if (blocks !== undefined) throw new ChatProblem("blocked", blocks);
  return { kid: ekKid, publicKey: await importEncryptionKey(head.enc) };
}
