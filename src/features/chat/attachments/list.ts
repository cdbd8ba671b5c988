import type { z } from "zod";

import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { type MediaType, pageOfChat, toMedia } from "../../files/index.ts";
import { requireMember } from "../members/membership.ts";
import type { ChatMedia } from "./schema.ts";

export interface ListMediaInput {
  limit: number;
  /** The id of a file, which need not be there any more. */
  before?: number | undefined;
  media_type?: MediaType | undefined;
}

/**
 * The files of a chat, newest first; deleted messages have none. Of one kind, the others are passed over one by one:
 * that is done beside the event loop. Errors: `not_found`, and those of `FairSlots`.
 */
export function listMedia(
  kit: Kit,
  actor: Actor,
  chatId: number,
  input: ListMediaInput,
  gone: AbortSignal,
): Promise<z.infer<typeof ChatMedia>> {
  const { limit, before = Number.MAX_SAFE_INTEGER, media_type: kind } = input;
  const list = async (read: Read) => {
    const me = await requireActor(read, actor);
    await requireMember(read, chatId, me.id);
    const items = await pageOfChat(read, { chatId, before, limit: limit + 1, kind });
    return { media: items.slice(0, limit).map(toMedia), has_more: items.length > limit };
  };
  return kind ? kit.heavyReads.run(actor.userId, () => kit.db.readInThread(list), gone) : kit.db.read(list);
}
