/** Steps about what devices have encrypted: the server keeps it, and reads no more of it than what stands outside. */
import { ChatError, invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireBox, requireCurrent } from "../encryption.ts";
import type { ChatState } from "../groups/store.ts";
import { requireSize } from "./content.ts";

/**
 * In an encrypted chat everything has to be encrypted, in a plain one nothing may be but what `requireBoxed` lets through. Errors: `encryption_required`,
 * `not_encrypted`.
 */
export function requireKind(
  { encryptionEpoch }: Pick<ChatState, "encryptionEpoch">,
  encrypted: boolean,
): void {
  const isOn = encryptionEpoch !== null;
  if (isOn && !encrypted) throw new ChatError("encryption_required");
  if (!isOn && encrypted) throw new ChatError("not_encrypted", "This chat is not end-to-end encrypted.");
}

/** The same for files and their message. Errors: `encryption_required`, `not_encrypted`. */
export function requireFilesLike(encrypted: boolean, files: readonly { encrypted: boolean }[]): void {
  if (files.every((one) => one.encrypted === encrypted)) return;
  throw encrypted
    ? new ChatError("encryption_required", "A file in an encrypted message has to be encrypted, too.")
    : new ChatError("not_encrypted", "An encrypted file can only be in an encrypted message.");
}

/** What somebody puts into a chat: a message, an edit, or what deletes one. */
export interface Sealed {
  content: string | null | undefined;
  client_id?: string | null | undefined;
}

/**
 * What `POST /api/encryption/encrypt` makes goes through a plain chat as any text does, marked as encrypted. Errors: `validation`,
 * `not_encrypted` for anything else.
 */
export async function requireBoxed(
  { settings }: Pick<Kit, "settings">,
  content: string | null | undefined,
): Promise<string> {
  if (!content) throw invalid("content", "has to be given");
  requireSize(content, settings.maxContentBytes);
  await requireBox(content);
  return content;
}

/** A compact JWE as it is kept. Errors: `validation`, and those of `requireCurrent`. */
export async function requireCiphertext(
  kit: Kit,
  read: Read,
  { chatId, senderId }: { chatId: number; senderId: number },
  { content, client_id: clientId }: Sealed,
): Promise<string> {
  if (!clientId) throw invalid("client_id", "has to be given with what is encrypted, which names it");
  if (!content) throw invalid("content", "has to be given");
  const most = kit.settings.maxEncryptedBytes;
  const bytes = Buffer.byteLength(content);
  if (bytes > most) throw invalid("content", `has ${bytes} bytes; at most ${most} are allowed`);
  await requireCurrent(kit, read, { chatId, senderId, clientId, content });
  return content;
}
