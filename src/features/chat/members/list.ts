import type { Actor } from "../../../core/actor.ts";
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { viewerOf } from "../groups/changes.ts";
import type { ListInput } from "../groups/list.ts";
import { requireMember } from "./membership.ts";
import type { Members } from "./schema.ts";
import { pageOfMembers } from "./store.ts";
import { viewMembers } from "./view.ts";

/** Who is in a chat, in the order of joining. Errors: `not_found`, `validation` for a cursor that is none. */
export function listMembers(kit: Kit, actor: Actor, chatId: number, input: ListInput): Promise<Members> {
  const after = parseCursor(input.cursor);
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const standing = await requireMember(read, chatId, me.id);
    const rows = await pageOfMembers(read, chatId, after, input.limit + 1);
    const page = rows.slice(0, input.limit);
    const last = rows.length > input.limit ? page.at(-1) : undefined;
    return {
      members: await viewMembers(read, viewerOf(kit, me.id), standing, page),
      next_cursor: last ? String(last.id) : null,
    };
  });
}

function parseCursor(cursor: string | undefined): number {
  if (cursor !== undefined && !/^\d{1,16}$/.test(cursor)) {
    throw invalid("query.cursor", "is not a next_cursor of this list");
  }
  return Number(cursor ?? 0);
}
