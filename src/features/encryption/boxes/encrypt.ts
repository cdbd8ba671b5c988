import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import { sealBox } from "../../../e2ee/box.ts";
import { toBase64url } from "../../../e2ee/bytes.ts";
import { importEncryptionKey, importPrivateKey, type PrivateKey } from "../../../e2ee/keys.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { findSeen } from "../../people/index.ts";
import { type EntryRow, findLastOfEach } from "../directory/store.ts";
import { readObject } from "../read-object.ts";
import { serverId } from "../server-id/server-id.ts";
import type { Encrypt } from "./schema.ts";
import { failingAlike, openOwn, type OwnKeys, requireServerKeys } from "./unlock.ts";

/**
 * Encrypts a message for people, and for oneself; signed where the caller opens the signing key. Errors: `e2ee_client_only`, `no_keys`,
 * `not_found`, `decrypt_failed`, `bad_object` where it is too long; those of `openOwn`.
 */
export async function encryptMessage(kit: Kit, actor: Actor, input: Encrypt): Promise<string> {
  const to = input.recipients ?? (input.recipient_user_id === undefined ? [] : [input.recipient_user_id]);
  if (to.length === 0) throw invalid("recipient_user_id", "or recipients is required");
  const { own, rows } = await kit.db.read(async (read) => ({
    own: await requireServerKeys(kit, read, actor),
    rows: await requireKeysOf(read, actor, to),
  }));
  const author = await openAuthor(kit, own, input);
  const recipients = await Promise.all(
    rows.map(async ({ encKid, enc }) => ({ kid: encKid, publicKey: await importEncryptionKey(enc) })),
  );
  const box = {
    v: 1,
    iss: await serverId(kit),
    from: actor.userId,
    to,
    mid: toBase64url(crypto.getRandomValues(new Uint8Array(16))),
    at: kit.clock.now(),
    text: input.message,
  } as const;
  return readObject("message", () => sealBox(box, author, recipients));
}

/** Of all of them and of oneself. Keys that are not confirmed will do: who opens the box confirms them. Errors: `not_found`, `no_keys`. */
async function requireKeysOf(read: Read, { userId }: Actor, to: readonly number[]): Promise<EntryRow[]> {
  const ids = new Set([...to, userId]);
  const seen = await findSeen(read, userId, [...ids]);
  if (seen.length < ids.size) throw new ChatError("not_found", "Somebody of them was not found.");
  const rows = await findLastOfEach(read, ids);
  if (rows.length < ids.size) throw new ChatError("no_keys", "Somebody of them has no keys.");
  return rows;
}

function openAuthor(kit: Kit, { last, keychain }: OwnKeys, input: Encrypt): Promise<PrivateKey | undefined> {
  if (input.passphrase === undefined && input.recovery_key === undefined) return Promise.resolve(undefined);
  return failingAlike(kit, async () => {
    const [newest] = (await openOwn(kit, keychain, input)).ik;
    const author = newest && (await importPrivateKey(newest, "ES256"));
    if (author?.kid !== last.sigKid) throw new BadObject("the keychain has another identity");
    return author;
  });
}
