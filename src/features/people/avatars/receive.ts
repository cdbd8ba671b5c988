/** Pictures on their way in. */
import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import type { Form } from "../../../feature.ts";
import { type Kit, perKit } from "../../../kit.ts";
import { newKey } from "../../../platform/blobs/blobs.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { avatarsAt } from "../../chat/index.ts";
import {
  askInspector,
  claimBlobs,
  claimKeys,
  discard,
  quota,
  type Received,
  receiveForm,
  requireType,
  usageOf,
} from "../../files/index.ts";
import { insertAvatar } from "./store.ts";
import { removeUnshown } from "./unshown.ts";

/** Pixels on each side: sharp on a phone, where they are shown at 64 to 128 points. */
const side = 256;
const retrySeconds = 5;

/** Whose picture is on its way: they wait for it, and others wait for them. */
const underWay = perKit(() => new Set<number>());

/** Whose picture it will be. */
export interface Owner {
  /** Throws for somebody who may not give it one. Asked before anything is received. */
  require?(read: Read): Promise<unknown>;
  /** Gives it the picture at this address, and answers the address of the one before. */
  setPicture(tx: Tx, address: string): Promise<string | null>;
}

/**
 * Receives a picture, makes it square and gives it to its owner; answers its address. Errors: those of the owner, the
 * form and the file, `validation` for what is no readable picture, `overloaded`, `rate_limited`, `quota_exceeded`.
 */
export async function receivePicture(kit: Kit, actor: Actor, form: Form, owner: Owner): Promise<string> {
  const { userId } = actor;
  const usage = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    await owner.require?.(read);
    return usageOf(read, userId);
  });
  const busy = underWay(kit);
  if (busy.has(userId)) {
    throw new ChatError("rate_limited", "Another picture of yours is still being processed.", {
      retryAfter: retrySeconds,
    });
  }
  using reservation = quota(kit).reserve(userId, usage);
  busy.add(userId);
  try {
    const { files } = await receiveForm(kit, form, reservation, { field: "file", most: 1 });
    return await keepPicture(kit, actor, files[0], owner);
  } finally {
    busy.delete(userId);
  }
}

async function keepPicture(kit: Kit, actor: Actor, file: Received, owner: Owner): Promise<string> {
  try {
    const type = requireType(kit.settings, file, false);
    if (type.kind !== "image") throw new ChatError("type_not_allowed", "The file is not a picture.");
    const [sent, key] = [newKey("media"), newKey("media")];
    return await claimBlobs(
      kit,
      [sent, key],
      async () => {
        await file.incoming.keep(sent);
        await makeSquare(kit, actor.userId, { from: sent, type: type.types[0], key });
      },
      async (tx) => {
        await requireActor(tx, actor);
        await claimKeys(tx, [key]);
        const address = `${avatarsAt}${await insertAvatar(tx, key)}`;
        await removeUnshown(kit, tx, await owner.setPicture(tx, address));
        return address;
      },
    );
  } finally {
    await discard([file]);
  }
}

/** Makes a square picture under `key`. Errors: `validation`, and those of `askInspector`. */
async function makeSquare(
  kit: Kit,
  userId: number,
  { from, type, key }: { from: string; type: string; key: string },
): Promise<void> {
  const { blobs } = kit;
  const picture = { file: blobs.scratch(), side, square: true };
  try {
    const found = await askInspector(kit, userId, { file: await blobs.path(from), type, picture });
    const size = found.pictured ? await blobs.adopt(picture.file, key) : undefined;
    if (size === undefined) throw invalid("file", "cannot be read as a picture");
  } finally {
    await blobs.drop(picture.file);
  }
}
