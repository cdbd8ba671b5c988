import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import { isCount, isOne } from "../../../e2ee/json.ts";
import { readSigned, verify } from "../../../e2ee/signed.ts";
import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { readObject } from "../read-object.ts";
import { serverId } from "../server-id/server-id.ts";
import { encryptionKeyChanged, toChange } from "./events.ts";
import { mostConfirmationBytes } from "./schema.ts";
import { type EntryRow, findLast, setConfirmed } from "./store.ts";

/** What somebody signs who can use their keys. */
interface Confirmation {
  v: 1;
  iss: string;
  sub: number;
  /** Of the encryption key. */
  kid: string;
  /** Seconds since 1970. */
  iat: number;
}

/**
 * Notes that somebody can use their keys, as what they have signed proves. Errors: `no_keys`, `bad_object`, `bad_algorithm`, `unsigned_key`.
 */
export async function confirmKeys(kit: Kit, actor: Actor, jws: string): Promise<void> {
  const last = await kit.db.read((read) => requireKeys(read, actor));
  await checkConfirmation(await serverId(kit), last, jws);
  await noteConfirmed(kit, actor, last);
}

/** Somebody's last entry. Errors: `no_keys`. */
export async function requireKeys(read: Read, actor: Actor): Promise<EntryRow> {
  const me = await requireActor(read, actor);
  const last = await findLast(read, me.id);
  if (!last) throw new ChatError("no_keys", "You have no keys yet.");
  return last;
}

/** It changes nothing where there are other keys by now, or these have been confirmed. */
export function noteConfirmed(kit: Kit, actor: Actor, proved: EntryRow): Promise<void> {
  return kit.db.transact(async (tx) => {
    const last = await requireKeys(tx, actor);
    if (last.isConfirmed || last.id !== proved.id) return;
    await setConfirmed(tx, last.id);
    // Others may encrypt for these keys from now on.
    await kit.journal.record(tx, encryptionKeyChanged, userAudience(last.userId), last.id, toChange(last));
  });
}

function checkConfirmation(
  iss: string,
  { userId, encKid, sig, sigKid }: EntryRow,
  jws: string,
): Promise<void> {
  return readObject("jws", async () => {
    const signed = await readSigned<Confirmation>(
      jws,
      "chat-confirm+jws",
      { v: isOne(1), iss: isOne(iss), sub: isOne(userId), kid: isOne(encKid), iat: isCount },
      mostConfirmationBytes,
    );
    if (signed.signatures.length !== 1) throw new BadObject("it has not the one signature that it needs");
    await verify(signed, sig, sigKid);
  });
}
