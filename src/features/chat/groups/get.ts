import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { viewerOf } from "./changes.ts";
import type { Chat } from "./schema.ts";
import { viewChat, withMembers } from "./view.ts";

/** A chat with its first members. Errors: `not_found`. */
export function getChat(kit: Kit, actor: Actor, chatId: number): Promise<Chat> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const viewer = viewerOf(kit, me.id);
    return withMembers(read, viewer, await viewChat(read, viewer, chatId));
  });
}
