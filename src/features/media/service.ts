import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import type { SentFile } from "../../core/feature.ts";
import type { Read } from "../../platform/db/database.ts";
import { requireActor } from "../accounts/people.ts";
import { mayRemoveOthers, requireActive, requireMember } from "../chats/membership.ts";
import { requireMessage, seesMessage } from "../messages/access.ts";
import { tellFiles } from "../messages/changes.ts";
import { removeItems } from "./attachments.ts";
import { createAvatars } from "./avatars.ts";
import type { MediaDeps } from "./deps.ts";
import { Room } from "./room.ts";
import type { Media, MediaType } from "./schema.ts";
import type * as wire from "./schema.ts";
import * as store from "./store.ts";
import { isInline } from "./types.ts";
import { createUploads } from "./uploads.ts";
import { toMedia, versionOf } from "./view.ts";
import { notReady } from "./waits.ts";

/** Whoever asks for a file. */
interface Asking {
  /** Not for the file itself (HEAD). */
  wantsHead: boolean;
  /** Aborted when they do not listen any more. */
  readonly gone: AbortSignal;
}

export interface ChatMediaInput {
  limit: number;
  /** The id of a file, which need not be there any more. */
  before?: number | undefined;
  media_type?: MediaType | undefined;
}

export type MediaVerbs = ReturnType<typeof createMedia>;

/** The verbs about files. */
export function createMedia(deps: MediaDeps) {
  const { db, journal, blobs, cleans, waits, heavyReads } = deps;
  const room = new Room(deps.limits);
  const { upload } = createUploads(deps, room);
  const avatars = createAvatars(deps, room);

  /**
   * The file. Others than its uploader wait for it a while as long as there may be location and camera data in it; only
   * for its head nobody does. Errors: `not_found`, and for others `media_not_ready` after that, or at once when they wait
   * for enough already, `forbidden` when these data could not be taken out.
   */
  async function open(actor: Actor, id: number, asking: Asking): Promise<SentFile> {
    const isOthers = ({ media }: store.Item) => cleans && media.uploaderId !== actor.userId;
    const isAwaited = (item: store.Item) => isOthers(item) && item.file.state === "pending";
    const find = async () => {
      const item = await see(actor, id);
      if (!isAwaited(item) || asking.wantsHead) return item;
      const about = { ...actor, messageId: item.media.messageId! };
      const look = () => see(actor, id);
      return waits.until(about, asking.gone, look, (again) => !isAwaited(again));
    };
    const { item, blob } = await openBlob(find, (found) => {
      if (isOthers(found)) requireClean(found);
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

  /**
   * Nobody waits for it: it has no address before it is there. Only with its version it is one that always shows the
   * same. Errors: `not_found`, `no_thumbnail`, `media_not_ready`.
   */
  async function openThumbnail(actor: Actor, id: number, version?: string): Promise<SentFile> {
    const find = () => see(actor, id);
    const { item, blob } = await openBlob(find, (found) => {
      requireLookedAt(found);
      if (found.file.thumbnailKey === null) throw new ChatError("no_thumbnail");
      return found.file.thumbnailKey;
    });
    const key = item.file.thumbnailKey!;
    const etag = etagOf(key);
    const immutable = version === versionOf(key);
    const shown = { type: "image/webp", name: "thumbnail.webp", inline: true, immutable };
    return { blob, size: blob.size, etag, ...shown };
  }

  async function openBlob(
    find: () => Promise<store.Item>,
    keyOf: (item: store.Item) => string,
  ): Promise<{ item: store.Item; blob: Blob }> {
    for (let before: string | undefined; ;) {
      const item = await find();
      const key = keyOf(item);
      const blob = await blobs.open(key);
      if (blob) return { item, blob };
      // Its clean form may have taken its place between the two lines above.
      if (key === before) throw new ChatError("not_found");
      before = key;
    }
  }

  async function info(actor: Actor, id: number): Promise<Media> {
    return toMedia(await see(actor, id));
  }

  function see(actor: Actor, id: number): Promise<store.Item> {
    return db.read((read) => requireSeen(read, actor, id));
  }

  /**
   * The files of a chat, newest first; deleted messages have none. Of one kind, the others are passed over one by one:
   * that is done beside the event loop. Errors: `not_found`, and those of `Places`.
   */
  function ofChat(
    actor: Actor,
    chatId: number,
    input: ChatMediaInput,
    asking: Pick<Asking, "gone">,
  ): Promise<z.infer<typeof wire.ChatMedia>> {
    const { limit, before = Number.MAX_SAFE_INTEGER, media_type: kind } = input;
    const list = async (read: Read) => {
      const me = await requireActor(read, actor);
      await requireMember(read, chatId, me.id);
      const items = await store.listOfChat(read, { chatId, before, limit: limit + 1 }, kind);
      return { media: items.slice(0, limit).map(toMedia), has_more: items.length > limit };
    };
    return kind ? heavyReads.run(actor.userId, () => db.readAside(list), asking.gone) : db.read(list);
  }

  /**
   * Takes a file away, out of its message, too. Errors: `not_found`, `forbidden` for all but its uploader and a group's
   * admins, and for an uploader who has left the chat; `chat_inactive`.
   */
  async function remove(actor: Actor, id: number): Promise<void> {
    const { chatId, uploaderId } = (await db.read((read) => requireSeen(read, actor, id))).media;
    if (chatId !== null) {
      await deps.pace.wait(chatId, actor.userId, {
        isDue: (_, standing) => uploaderId === actor.userId || mayRemoveOthers(standing),
      });
    }
    await db.transact(async (tx) => {
      const item = await requireSeen(tx, actor, id);
      const { messageId, uploaderId } = item.media;
      if (messageId === null) return removeItems(tx, [item]);
      if (!(await seesMessage(tx, messageId, actor.userId))) throw new ChatError("forbidden");
      const { row, standing } = await requireMessage(tx, messageId, actor.userId);
      if (uploaderId !== actor.userId && !mayRemoveOthers(standing)) throw new ChatError("forbidden");
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
    ofChat,
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
  if (file.state === "pending") throw notReady();
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
