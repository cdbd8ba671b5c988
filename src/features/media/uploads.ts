import type { Actor } from "../../core/actor.ts";
import type { Form } from "../../core/feature.ts";
import type { Tx } from "../../platform/db/database.ts";
import { newKey } from "../../platform/blobs/blobs.ts";
import { requireActor } from "../accounts/people.ts";
import { requireOwnMessage } from "../messages/access.ts";
import { tellFiles } from "../messages/changes.ts";
import { requireFew } from "./attachments.ts";
import type { MediaDeps } from "./deps.ts";
import { keepBlobs } from "./keeping.ts";
import { discard, isEncrypted, type Received, receiveForm, requireType } from "./receiving.ts";
import type { Room } from "./room.ts";
import { filesPerMessage, type Media } from "./schema.ts";
import * as store from "./store.ts";
import * as strays from "./strays-store.ts";
import { type FileType, shownType } from "./types.ts";
import { toMedia } from "./view.ts";

/** Something received, and what is made of it. */
interface Accepted extends Received {
  type: FileType;
  key: string;
}

/** The verb by which files come in. */
export function createUploads(deps: MediaDeps, room: Room) {
  const { db, journal, clock, limits } = deps;

  /**
   * Takes files in: all of them or none. With `messageId` they go into that message, else they wait for one. Errors:
   * those of the form and of each file, `validation`, and of the message `not_found`, `forbidden`, `chat_inactive`,
   * `message_deleted`.
   */
  async function upload(actor: Actor, form: Form, messageId?: number): Promise<Media[]> {
    const { usage, message } = await db.read(async (read) => {
      await requireActor(read, actor);
      const message =
        messageId === undefined ? undefined : await requireOwnMessage(read, messageId, actor.userId);
      return { usage: await room.usage(read, actor.userId), message };
    });
    const place = room.enter(actor.userId, usage);
    try {
      if (message) await deps.pace.wait(message.chatId, actor.userId);
      const { files, fields } = await receiveForm(deps, form, place, {
        field: "files",
        most: filesPerMessage,
      });
      return await accept(actor, files, fields, messageId);
    } finally {
      place.leave();
    }
  }

  async function accept(
    actor: Actor,
    files: Received[],
    fields: ReadonlyMap<string, string>,
    messageId: number | undefined,
  ): Promise<Media[]> {
    try {
      const encrypted = isEncrypted(fields);
      const accepted = files.map((file) => ({
        ...file,
        type: requireType(file, encrypted, limits),
        key: newKey("media"),
      }));
      return await keepBlobs(
        deps,
        accepted.map((one) => one.key),
        () => keepAll(accepted),
        (tx) => add(tx, actor, accepted, encrypted, messageId),
      );
    } finally {
      await discard(files);
    }
  }

  async function add(
    tx: Tx,
    actor: Actor,
    accepted: Accepted[],
    encrypted: boolean,
    messageId: number | undefined,
  ): Promise<Media[]> {
    const { id: uploaderId } = await requireActor(tx, actor);
    const message = messageId === undefined ? undefined : await requireOwnMessage(tx, messageId, uploaderId);
    const before = message?.mediaCount ?? 0;
    requireFew(before + accepted.length);
    const bytes = accepted.reduce((sum, one) => sum + one.size, 0);
    await room.requireFor(tx, uploaderId, bytes);
    const items: store.Item[] = [];
    const start = message ? await store.nextPosition(tx, message.id) : 0;
    for (const [i, one] of accepted.entries()) {
      const file = await fileOf(tx, one, encrypted, uploaderId);
      const media = await store.insertMedia(tx, {
        fileId: file.id,
        uploaderId,
        messageId: message?.id ?? null,
        chatId: message?.chatId ?? null,
        position: start + i,
        name: one.name,
        type: shownType(one.declared, one.type),
        size: one.size,
        createdAt: clock.now(),
      });
      items.push({ media, file });
    }
    await store.addUsage(tx, uploaderId, { files: accepted.length, bytes });
    if (message) await tellFiles(tx, journal, message.id, before + accepted.length);
    return items.map(toMedia);
  }

  /** The same bytes of one person are kept once. */
  async function fileOf(
    tx: Tx,
    one: Accepted,
    encrypted: boolean,
    uploaderId: number,
  ): Promise<store.FileRow> {
    const known = await store.findOwn(tx, { uploaderId, sha256: one.sha256, encrypted });
    if (known) return known;
    await strays.forget(tx, [one.key]);
    await store.addUsage(tx, store.everybody, { files: 1, bytes: one.size });
    return store.insertFile(tx, {
      sha256: one.sha256,
      encrypted,
      key: one.key,
      size: one.size,
      type: one.type.types[0],
      kind: one.type.kind,
      uploaderId,
      state: one.type.inspected ? "pending" : "ready",
      isClean: one.type.inspected ? null : true,
    });
  }

  return { upload };
}

/** Fails only when each is kept or will not be: what is kept later nobody would know of. */
async function keepAll(accepted: Accepted[]): Promise<void> {
  const outcomes = await Promise.allSettled(accepted.map((one) => one.incoming.keep(one.key)));
  for (const one of outcomes) if (one.status === "rejected") throw one.reason;
}
