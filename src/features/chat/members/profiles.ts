import { chatAudience } from "../../../events/event.ts";
import type { Follower } from "../../../events/followers.ts";
import { type Task, taskFollower } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import { profilesById, toUser, userChanged } from "../../accounts/index.ts";
import { userUpdated } from "./events.ts";
import { moveUserPos, pageOfMemberships } from "./store.ts";

/** In so many chats somebody is told of together: some milliseconds of work. */
const pageRows = 100;

/**
 * Tells the chats of somebody what others see of them now. In the transaction that changed it, somebody in a thousand
 * chats would hold up everybody.
 */
export function profileFollower(kit: Kit): Follower {
  return taskFollower(kit, {
    name: "people",
    types: [userChanged.type],
    plan: (rows) => [...new Set(rows.map((row) => row.ref))].map((userId) => tell(kit, userId)),
  });
}

/** Those of their memberships that are behind `after`. */
function tell(kit: Kit, userId: number, after = 0): Task {
  return async (tx) => {
    const profile = (await profilesById(tx, [userId])).get(userId);
    if (!profile) return { rows: 1 };
    const user = toUser(profile, undefined);
    const page = await pageOfMemberships(tx, userId, after, pageRows);
    for (const { chatId, userPos } of page) {
      const told = { chat_id: chatId, user };
      const replaces = { replaces: userPos };
      const pos = await kit.journal.record(tx, userUpdated, chatAudience(chatId), userId, told, replaces);
      await moveUserPos(tx, chatId, userId, pos);
    }
    const last = page.length < pageRows ? undefined : page.at(-1);
    return { rows: 1 + page.length, next: last ? [tell(kit, userId, last.id)] : [] };
  };
}
