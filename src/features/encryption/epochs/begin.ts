import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { type Spending, spendIn } from "../../../core/spending.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import {
  type Announcement,
  readAnnouncement,
  readEnvelope,
  requireRecipients,
  type RosterRow,
} from "../../../e2ee/epochs.ts";
import type { General } from "../../../e2ee/general.ts";
import { type Signed, verify } from "../../../e2ee/signed.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { findSize, pace, requireMember, requireOpen, updateChat } from "../../chat/index.ts";
import { findLast } from "../directory/store.ts";
import { type EncryptedRow, findEncrypted, updateEncrypted } from "../membership/store.ts";
import { readObject } from "../read-object.ts";
import { serverId } from "../server-id/server-id.ts";
import { dueNow } from "./due.ts";
import { encryptionEpoch } from "./events.ts";
import { repairs } from "./limits.ts";
import { readersOfNext } from "./roster.ts";
import type { BeginEpoch } from "./schema.ts";
import { addEpoch } from "./store.ts";

/** An epoch that follows, and for whom it is. */
interface NextEpoch {
  announced: Signed<Announcement>;
  text: string;
  general: General;
  roster: RosterRow[];
}

/** What the next epoch follows, and who has to be in it. */
interface Place {
  row: EncryptedRow;
  roster: RosterRow[];
}

/**
 * Begins the next epoch, whose key the caller has made; answers its number. Errors: `not_found`, `not_encrypted`, `chat_inactive`,
 * `peer_inactive`, `epoch_conflict`, `roster_mismatch`, `epoch_not_due`, `duplicate_recipient`, `bad_object`, `bad_algorithm`, and
 * `rate_limited` for those that are not due.
 */
export async function beginEpoch(kit: Kit, actor: Actor, chatId: number, input: BeginEpoch): Promise<number> {
  await pace(kit).wait(chatId, actor.userId);
  const next = await readNextEpoch(kit, actor, chatId, input);
  return spendIn(kit.db, async (tx, spending) => {
    const me = await requireActor(tx, actor);
    const { row, roster } = await requirePlace(tx, me.id, chatId);
    requireSame(next, { row, roster });
    const isAsked = (await dueNow(kit, tx, chatId, row)) !== null;
    if (!isAsked) spendRepair(kit, spending, me.id, chatId, next.announced.payload.reason);
    await addNext(kit, tx, chatId, next);
    return next.announced.payload.n;
  });
}

async function readNextEpoch(
  kit: Kit,
  actor: Actor,
  chatId: number,
  { announcement: text, envelope }: BeginEpoch,
): Promise<NextEpoch> {
  const iss = await serverId(kit);
  const { row, roster, key } = await kit.db.read(async (read) => ({
    ...(await requirePlace(read, actor.userId, chatId)),
    key: (await findLast(read, actor.userId))?.sig,
  }));
  const before = row.epochHash === null ? undefined : { n: row.n, hash: row.epochHash };
  const readAnnounced = async () => {
    const context = { iss, chat: chatId, before, membership: row, roster };
    const signed = await readAnnouncement(text, context);
    if (signed.payload.by !== actor.userId || !key) throw new BadObject("somebody else has signed it");
    await verify(signed, key, signed.payload.by_kid);
    return signed;
  };
  const announced = await readObject("announcement", readAnnounced, "bad_object");
  const general = await readObject("envelope", () => {
    const read = readEnvelope(envelope, { chat: chatId, n: announced.payload.n, ann: announced.hash });
    requireRecipients(read.recipients, roster);
    return read;
  });
  return { announced, text, general, roster };
}

/** Errors: `not_found`, `chat_inactive`, `peer_inactive`, `not_encrypted`. */
async function requirePlace(read: Read, userId: number, chatId: number): Promise<Place> {
  await requireOpen(read, await requireMember(read, chatId, userId), userId);
  const row = await findEncrypted(read, chatId);
  if (!row) throw new ChatError("not_encrypted");
  return { row, roster: (await readersOfNext(read, row)).roster };
}

/** That nothing has changed since it was read. Errors: `epoch_conflict`, `roster_mismatch`. */
function requireSame({ announced, roster }: NextEpoch, now: Place): void {
  const { payload } = announced;
  if (payload.prev !== now.row.epochHash)
    throw new ChatError("epoch_conflict", `Epoch ${now.row.n} has begun meanwhile; look at it again.`);
  const isSame =
    payload.members === now.row.hash &&
    roster.length === now.roster.length &&
    roster.every((one, i) => isSameRow(one, now.roster[i]));
  if (!isSame) throw new ChatError("roster_mismatch");
}

function isSameRow(one: RosterRow, other: RosterRow | undefined): boolean {
  return one.user === other?.user && one.ikKid === other.ikKid && one.ekKid === other.ekKid;
}

/** Errors: `epoch_not_due`, `rate_limited`. */
function spendRepair(
  kit: Kit,
  spending: Spending,
  userId: number,
  chatId: number,
  reason: Announcement["reason"],
): void {
  if (reason !== "repair" && reason !== "restored") throw new ChatError("epoch_not_due");
  const buckets = repairs(kit);
  const refusal = buckets && spending.refusal(buckets, `${chatId} ${userId}`);
  if (refusal) throw refusal;
}

async function addNext(kit: Kit, tx: Tx, chatId: number, next: NextEpoch): Promise<void> {
  const { payload, hash } = next.announced;
  const { n, kid, m, roster } = payload;
  const { protected: head, iv, ciphertext, tag } = next.general.envelope;
  const keys = next.general.recipients;
  const recipients = next.roster.map(({ user, ikKid, ekKid }) => {
    return { userId: user, ikKid, ekKid, encryptedKey: keys.get(ekKid)?.encrypted_key ?? "" };
  });
  const row = { chatId, n, roster, announcement: next.text, protected: head, iv, ciphertext, tag };
  await addEpoch(tx, row, recipients);
  const { messageCount } = await findSize(tx, chatId);
  const begun = { n, epochHash: hash, epochKid: kid, epochM: m, epochAfter: messageCount };
  await updateEncrypted(tx, chatId, { ...begun, epochAt: kit.clock.now(), due: null });
  await updateChat(tx, chatId, { encryptionEpoch: n });
  await kit.journal.record(tx, encryptionEpoch, chatAudience(chatId), n, { chat_id: chatId, n });
}
