/** What has been received becomes files that are kept: all of a form or none. */
import type { Kit } from "../../../kit.ts";
import { newKey } from "../../../platform/blobs/blobs.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { type FileRow, findOwn, insertFile } from "../files-store.ts";
import { type Attachment, insertItem, type Item, nextPosition } from "../items-store.ts";
import { claimBlobs } from "../orphans/claim.ts";
import { claimKeys } from "../orphans/orphans.ts";
import { processing } from "../processing/processing.ts";
import type { Media } from "../schema.ts";
import { addUsage, everybody } from "../usage-store.ts";
import { toMedia } from "../view.ts";
import { quota } from "./quota.ts";
import { discard, isEncrypted, type Received, type ReceivedForm, requireType } from "./receiving.ts";
import { type FileType, shownType } from "./types.ts";

/** Something received that is accepted, and where its bytes are kept. */
export interface Accepted extends Received {
  type: FileType;
  encrypted: boolean;
  key: string;
}

/** What is told of an encrypted file, whatever its form said: name and type are for those who can open it. */
const opaque = { name: "file", declared: "" };

/**
 * Keeps the files of a form if `insert` writes them down (`insertUploads`). Errors: those of `insert`, and of each file
 * `type_not_allowed`, `type_mismatch`, `file_too_large`.
 */
export async function keepUploads<T>(
  kit: Kit,
  { files, fields }: ReceivedForm,
  insert: (tx: Tx, accepted: Accepted[]) => Promise<T>,
): Promise<T> {
  try {
    const encrypted = isEncrypted(fields);
    const accepted = files.map((file) => ({
      ...file,
      ...(encrypted && opaque),
      type: requireType(kit.settings, file, encrypted),
      encrypted,
      key: newKey("media"),
    }));
    const keys = accepted.map((one) => one.key);
    return await claimBlobs(
      kit,
      keys,
      () => keepAll(accepted),
      (tx) => insert(tx, accepted),
    );
  } finally {
    await discard(files);
  }
}

/** Fails only when each is kept or will not be: what is kept later nobody would know of. */
async function keepAll(accepted: Accepted[]): Promise<void> {
  const outcomes = await Promise.allSettled(accepted.map((one) => one.incoming.keep(one.key)));
  for (const one of outcomes) if (one.status === "rejected") throw one.reason;
}

/** Writes files down, attached to something or waiting for it. Errors: `quota_exceeded`. */
export async function insertUploads(
  kit: Kit,
  tx: Tx,
  uploaderId: number,
  accepted: Accepted[],
  to?: Attachment,
): Promise<Media[]> {
  const bytes = accepted.reduce((sum, one) => sum + one.size, 0);
  await quota(kit).require(tx, uploaderId, bytes);
  const start = to ? await nextPosition(tx, to.messageId) : 0;
  const items: Item[] = [];
  for (const [i, one] of accepted.entries()) {
    const file = await fileOf(tx, uploaderId, one);
    const media = await insertItem(tx, {
      fileId: file.id,
      uploaderId,
      messageId: to?.messageId ?? null,
      chatId: to?.chatId ?? null,
      position: start + i,
      name: one.name,
      type: shownType(one.declared, one.type),
      size: one.size,
      createdAt: kit.clock.now(),
    });
    items.push({ media, file });
  }
  await addUsage(tx, uploaderId, { files: accepted.length, bytes });
  tx.onDurable(() => processing(kit).wake());
  return items.map(toMedia);
}

/** The same bytes of one person are kept once. */
async function fileOf(tx: Tx, uploaderId: number, one: Accepted): Promise<FileRow> {
  const { sha256, encrypted, key, size } = one;
  const known = await findOwn(tx, { uploaderId, sha256, encrypted });
  if (known) return known;
  await claimKeys(tx, [key]);
  await addUsage(tx, everybody, { files: 1, bytes: size });
  return insertFile(tx, {
    sha256,
    encrypted,
    key,
    size,
    type: one.type.types[0],
    kind: one.type.kind,
    uploaderId,
    state: one.type.inspected ? "pending" : "ready",
    isClean: one.type.inspected ? null : true,
  });
}
