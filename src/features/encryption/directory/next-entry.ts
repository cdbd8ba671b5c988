/** The next entry of a chain: checked before the transaction, because signatures are not checked inside of one; then accepted. */
import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import { readEntry } from "../../../e2ee/directory.ts";
import { toPem } from "../../../e2ee/keys.ts";
import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { readObject } from "../read-object.ts";
import { serverId } from "../server-id/server-id.ts";
import { encryptionKeyChanged, toChange } from "./events.ts";
import { entryTimesSince, type EntryRow, insertEntry, insertKey } from "./store.ts";

const dayMilliseconds = 86_400_000;

/** An entry that follows, but for whether its keys are new here. */
export type NextEntry = Omit<EntryRow, "id">;

/** Somebody's last entry, and the version of their keychain; undefined and 0 where there is none. */
export interface KeysBefore {
  entry: EntryRow | undefined;
  ver: number;
}

/** An entry, and the keychain that has its private keys. */
export interface NewKeys {
  next: NextEntry;
  parts: { unlock: string[]; keychain: string };
}

/**
 * Reads one's entry after `before`, the first where that is undefined, which `maker` has made the keys of. Errors: `unsigned_key`, `bad_algorithm`, `private_key_material`,
 * `bad_object`.
 */
export async function readNext(
  kit: Kit,
  { userId }: Actor,
  text: string,
  before: EntryRow | undefined,
  maker: NextEntry["custody"] = "client",
): Promise<NextEntry> {
  const iss = await serverId(kit);
  return readObject("entry", async () => {
    const entry = await readEntry(text, { iss, sub: userId, before });
    const { seq, hash, sig, sigKid, enc, encKid, custody, reason } = entry;
    if (custody !== maker) throw new BadObject("who signs it has made its keys");
    if (before?.sigKid === sigKid && before.encKid === encKid) throw new BadObject("its keys are the same");
    const encPem = await toPem(enc);
    const at = kit.clock.now();
    // Who has signed an entry has the keys. Of those that a server has made, the answer may have been lost.
    const isConfirmed = custody === "client";
    const keys = { sig, sigKid, enc, encKid, encPem };
    return { userId, seq, entry: text, hash, ...keys, custody, reason, isConfirmed, at };
  });
}

/** Adds it to the chain, whose last entry is still `before`, and tells of it. Errors: `rate_limited`, `key_in_use`. */
export async function acceptNext(
  kit: Kit,
  tx: Tx,
  next: NextEntry,
  before: EntryRow | undefined,
): Promise<EntryRow> {
  await requireChangeLeft(kit, tx, next.userId);
  const keys = [
    ["signing key", next.sigKid, before?.sigKid],
    ["encryption key", next.encKid, before?.encKid],
  ] as const;
  for (const [what, kid, old] of keys) {
    if (kid !== old && !(await insertKey(tx, kid, next.userId)))
      throw new ChatError(
        "key_in_use",
        `This ${what} has been published here before; each is accepted once.`,
      );
  }
  const id = await insertEntry(tx, next);
  const audience = userAudience(next.userId);
  await kit.journal.record(tx, encryptionKeyChanged, audience, id, toChange(next));
  return { ...next, id };
}

/** Counted by the chain itself, so no restart gives them back. Errors: `rate_limited`. */
export async function requireChangeLeft({ clock, settings }: Kit, read: Read, userId: number): Promise<void> {
  if (settings.rateLimits === "off") return;
  const limit = settings.keyChangesPerDay;
  const since = clock.now() - dayMilliseconds;
  const oldest = (await entryTimesSince(read, { userId, since, limit }))[limit - 1];
  if (oldest === undefined) return;
  const retryAfter = Math.ceil((oldest - since) / 1000);
  throw new ChatError("rate_limited", "You have changed your keys often; wait until tomorrow.", {
    retryAfter,
  });
}
