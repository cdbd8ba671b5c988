import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import type { Item } from "../items.ts";
import { render } from "../rendering/render.ts";
import type { Notifications } from "../schema.ts";
import { unreadChunks, visibleChunks } from "./chunks.ts";

export interface ListInput {
  limit: number;
  /** The id of a notification: only what is older. */
  before?: number | undefined;
  unread: boolean;
}

/** What somebody was told of, newest first. */
export function listNotifications(
  kit: Kit,
  actor: Actor,
  { limit, before = Number.MAX_SAFE_INTEGER, unread }: ListInput,
): Promise<Notifications> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const wanted = limit + 1;
    const chunks = (unread ? unreadChunks : visibleChunks)(read, me.id, { before, wanted });
    const items: Item[] = [];
    for await (const chunk of chunks) {
      items.push(...chunk);
      if (items.length >= wanted) break;
    }
    return {
      notifications: await render(read, items.slice(0, limit)),
      has_more: items.length > limit,
    };
  });
}
