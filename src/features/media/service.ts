import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import type { SentFile } from "../../core/feature.ts";
import type { Read } from "../../platform/db/database.ts";
import { requireActor } from "../accounts/people.ts";
import { may, requireActive } from "../chats/membership.ts";
import { requireMessage, seesMessage } from "../messages/access.ts";
import { tellFiles } from "../messages/changes.ts";
import { removeItems } from "./attachments.ts";
import { createAvatars } from "./avatars.ts";
import type { MediaDeps } from "./deps.ts";
import { Room } from "./room.ts";
import type { Media } from "./schema.ts";
import * as store from "./store.ts";
import { isInline } from "./types.ts";
import { createUploads } from "./uploads.ts";
import { toMedia } from "./view.ts";

/** In this time most files have been looked at. */
const retrySeconds = 1;

export type MediaVerbs = ReturnType<typeof createMedia>;

/** The verbs about files. */
export function createMedia(deps: MediaDeps) {
  const { db, journal, blobs, cleans } = deps;
  const room = new Room(deps.limits);
  const { upload } = createUploads(deps, room);
  const avatars = createAvatars(deps, room);

  /**
   * Errors: `not_found`, and for others `media_not_ready` as long as there may be location and camera data in it,
   * `forbidden` when these could not be taken out.
   */
  async function open(actor: Actor, id: number): Promise<SentFile> {
    const { item, blob } = await openBlob(actor, id, (found) => {
      const isOthers = found.media.uploaderId !== actor.userId;
      if (cleans && isOthers) requireClean(found);
      return found.file.key;
    });
    const { filename, mime_type } = toMedia(item);
    const isOpaque = item.file.state === "failed" || item.file.encrypted;
    const type = isOpaque ? "application/octet-stream" : mime_type;
    return {
      blob,
      size: blob.size,
      etag: etagOf(item.file.key),
      type,
      name: filename,
      inline: isInline(type),
    };
  }

  /** Errors: `not_found`, `no_thumbnail`, `media_not_ready`. */
  async function openThumbnail(actor: Actor, id: number): Promise<SentFile> {
    const { item, blob } = await openBlob(actor, id, (found) => {
      requireLookedAt(found);
      if (found.file.thumbnailKey === null) throw new ChatError("no_thumbnail");
      return found.file.thumbnailKey;
    });
    const etag = etagOf(item.file.thumbnailKey!);
    return { blob, size: blob.size, etag, type: "image/webp", name: "thumbnail.webp", inline: true };
  }

  async function openBlob(
    actor: Actor,
    id: number,
    keyOf: (item: store.Item) => string,
  ): Promise<{ item: store.Item; blob: Blob }> {
    for (let before: string | undefined; ;) {
      const item = await db.read((read) => requireSeen(read, actor, id));
      const key = keyOf(item);
      const blob = await blobs.open(key);
      if (blob) return { item, blob };
      // Its clean form may have taken its place between the two lines above.
      if (key === before) throw new ChatError("not_found");
      before = key;
    }
  }

  function info(actor: Actor, id: number): Promise<Media> {
    return db.read(async (read) => toMedia(await requireSeen(read, actor, id)));
  }

  /**
   * Takes a file away, out of its message, too. Errors: `not_found`, `forbidden` for all but its uploader and a group's
   * admins, and for an uploader who has left the chat; `chat_inactive`.
   */
  async function remove(actor: Actor, id: number): Promise<void> {
    await db.transact(async (tx) => {
      const item = await requireSeen(tx, actor, id);
      const { messageId, uploaderId } = item.media;
      if (messageId === null) return removeItems(tx, [item]);
      if (!(await seesMessage(tx, messageId, actor.userId))) throw new ChatError("forbidden");
      const { row, standing } = await requireMessage(tx, messageId, actor.userId);
      const asAdmin = standing.chatType === "group" && may(standing, "delete_others_message");
      if (uploaderId !== actor.userId && !asAdmin) throw new ChatError("forbidden");
      requireActive(standing);
      await removeItems(tx, [item]);
      await tellFiles(tx, journal, messageId, row.mediaCount - 1);
    });
    deps.wake();
  }

  return {
    upload,
    open,
    openThumbnail,
    info,
    remove,
    setOwnAvatar: avatars.setOwn,
    setChatAvatar: avatars.setOfChat,
    openAvatar: avatars.open,
  };
}

/** What its uploader, and whoever is in its message's chat now, may see. Errors: `unauthorized`, `not_found`. */
async function requireSeen(read: Read, actor: Actor, id: number): Promise<store.Item> {
  await requireActor(read, actor);
  const item = await store.findItem(read, id);
  if (!item) throw new ChatError("not_found");
  const { uploaderId, messageId } = item.media;
  if (uploaderId === actor.userId) return item;
  if (messageId === null) throw new ChatError("not_found");
  await requireMessage(read, messageId, actor.userId);
  return item;
}

/** Errors: `media_not_ready`. */
function requireLookedAt({ file }: store.Item): void {
  if (file.state === "pending")
    throw new ChatError("media_not_ready", undefined, { retryAfter: retrySeconds });
}

/** Errors: `media_not_ready`, `forbidden` when nobody could take out where it was taken. */
function requireClean(item: store.Item): void {
  requireLookedAt(item);
  if (item.file.isClean || item.file.state === "ready") return;
  throw new ChatError(
    "forbidden",
    "Location and camera data could not be taken out of it: only its sender can have it.",
  );
}

/** A blob never changes, so its key stands for its bytes. */
function etagOf(key: string): string {
  return `"${key.split("/").at(-1)}"`;
}
