import type { Actor } from "../../core/actor.ts";
import { ChatError, invalid } from "../../core/errors.ts";
import type { Form, SentFile } from "../../core/feature.ts";
import { newKey } from "../../platform/blobs/blobs.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { requireActor, setPicture } from "../accounts/people.ts";
import { changeGroup } from "../chats/changes.ts";
import { requireGroup, requireMay, sharingChat } from "../chats/membership.ts";
import type { MediaDeps } from "./deps.ts";
import { keepBlobs } from "./keeping.ts";
import { discard, type Received, receiveForm, requireType } from "./receiving.ts";
import type { Room } from "./room.ts";
import * as pictures from "./avatars-store.ts";
import * as strays from "./strays-store.ts";

/** Pixels on each side: sharp on a phone, where they are shown at 64 to 128 points. */
export const avatarSide = 256;

const retrySeconds = 5;
/** Of people who have left with the same picture, so many are asked for. */
const mostGone = 100;

/** Before its id, the address of a picture. */
export const avatarsAt = "/api/avatars/";

/** Shows the picture at this address, and answers the address of the one before. */
type SetAddress = (tx: Tx, address: string) => Promise<string | null>;

/** The verbs about pictures of people and chats. */
export function createAvatars(deps: MediaDeps, room: Room) {
  const { db, journal, clock, blobs } = deps;
  /** Whose picture is on its way: they wait for it, and others wait for them. */
  const busy = new Set<number>();

  /** Errors: those of the form and the file, `validation` for what is no readable picture, `overloaded`. */
  function setOwn(actor: Actor, form: Form): Promise<string> {
    return receivePicture(
      actor,
      form,
      async () => {},
      (tx, url) => setPicture(tx, journal, actor.userId, url),
    );
  }

  /** The same, and `not_found`, `forbidden`, `direct_chat_fixed`, `chat_inactive`. */
  function setOfChat(actor: Actor, chatId: number, form: Form): Promise<string> {
    const requireEditor = async (read: Read) => {
      const found = await requireGroup(read, chatId, actor.userId);
      requireMay(found.member, "edit_chat");
      return found.chat;
    };
    return receivePicture(actor, form, requireEditor, async (tx, avatarUrl) => {
      const chat = await requireEditor(tx);
      await changeGroup(tx, journal, await requireActor(tx, actor), chat, { avatarUrl }, clock.now());
      return chat.avatarUrl;
    });
  }

  async function receivePicture(
    actor: Actor,
    form: Form,
    may: (read: Read) => Promise<unknown>,
    set: SetAddress,
  ): Promise<string> {
    const usage = await db.read(async (read) => {
      await requireActor(read, actor);
      await may(read);
      return room.usage(read, actor.userId);
    });
    // Nothing comes between this and the line that makes it so.
    if (busy.has(actor.userId)) {
      throw new ChatError("rate_limited", "One picture at a time.", { retryAfter: retrySeconds });
    }
    const place = room.enter(actor.userId, usage);
    busy.add(actor.userId);
    try {
      const { files } = await receiveForm(deps, form, place, { field: "file", most: 1 });
      return await show(actor, files[0]!, set);
    } finally {
      busy.delete(actor.userId);
      place.leave();
    }
  }

  async function show(actor: Actor, file: Received, set: SetAddress): Promise<string> {
    try {
      const type = requireType(file, false, deps.limits);
      if (type.kind !== "image") throw new ChatError("type_not_allowed", "It is not a picture.");
      const [sent, key] = [newKey("media"), newKey("media")];
      return await keepBlobs(
        deps,
        [sent, key],
        async () => {
          await file.incoming.keep(sent);
          await makePicture(actor.userId, { from: sent, type: type.types[0], key });
        },
        async (tx) => {
          await requireActor(tx, actor);
          await strays.forget(tx, [key]);
          const address = `${avatarsAt}${await pictures.insert(tx, key)}`;
          const before = await set(tx, address);
          if (before?.startsWith(avatarsAt)) await removeUnshown(tx, Number(before.slice(avatarsAt.length)));
          return address;
        },
      );
    } finally {
      await discard([file]);
    }
  }

  async function makePicture(
    userId: number,
    { from, type, key }: { from: string; type: string; key: string },
  ): Promise<void> {
    const picture = { file: blobs.scratch(), side: avatarSide, square: true };
    try {
      const found = await deps.askInspector(userId, { file: await blobs.path(from), type, picture });
      if (!found.pictured) throw invalid("file", "cannot be read as a picture");
      if ((await blobs.adopt(picture.file, key)) === undefined)
        throw invalid("file", "cannot be read as a picture");
    } finally {
      await blobs.drop(picture.file);
    }
  }

  /** Errors: `not_found`, also for one that the caller does not see. */
  async function open(actor: Actor, id: number): Promise<SentFile> {
    const avatar = await db.read(async (read) => {
      await requireActor(read, actor);
      const isTheirs = await isShownTo(read, `${avatarsAt}${id}`, actor.userId);
      return isTheirs ? pictures.find(read, id) : undefined;
    });
    const blob = avatar && (await blobs.open(avatar.key));
    if (!blob) throw new ChatError("not_found");
    const shown = { type: "image/webp", name: "avatar.webp", inline: true, immutable: true };
    return { blob, size: blob.size, etag: `"${id}"`, ...shown };
  }

  return { setOwn, setOfChat, open };
}

/**
 * That somebody may show the picture at this address: one elsewhere, or one here that they see now, as their own and
 * that of a chat of theirs. Errors: `validation`.
 */
export async function requirePicture(
  read: Read,
  address: string | null | undefined,
  userId: number,
): Promise<void> {
  if (!address?.startsWith(avatarsAt) || (await isShownTo(read, address, userId))) return;
  throw invalid("avatar_url", "is no picture here that you can see");
}

/**
 * Whether somebody sees the picture at this address: a chat's are for its members, those of people for whoever sees the
 * person, who is everybody until they leave, and then who shares a chat with them.
 */
async function isShownTo(read: Read, address: string, userId: number): Promise<boolean> {
  const people = await pictures.peopleShowing(read, address, mostGone);
  if (people.some((one) => one.isActive)) return true;
  if (await pictures.isOfChatOf(read, address, userId)) return true;
  const gone = people.map((one) => one.id);
  return (await sharingChat(read, userId, gone)).size > 0;
}

/** Takes away a picture that neither a person nor a chat shows any more. */
export async function removeUnshown(tx: Tx, id: number): Promise<void> {
  const avatar = await pictures.find(tx, id);
  if (!avatar || (await pictures.isShown(tx, `${avatarsAt}${id}`))) return;
  await pictures.remove(tx, id);
  await strays.insert(tx, [avatar.key], true);
}
