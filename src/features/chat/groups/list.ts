import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { viewerOf } from "./changes.ts";
import { pageOfChats, parseListCursor } from "./listing.ts";
import type { Chats } from "./schema.ts";
import { viewChats } from "./view.ts";

export interface ListInput {
  limit: number;
  cursor?: string | undefined;
}

/** My chats, last activity first. Errors: `validation` for a cursor that is none. */
export function listChats(kit: Kit, actor: Actor, input: ListInput): Promise<Chats> {
  const cursor = parseListCursor(input.cursor);
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const { rows, next } = await pageOfChats(read, me.id, input.limit, cursor);
    return { chats: await viewChats(read, viewerOf(kit, me.id), rows), next_cursor: next };
  });
}
