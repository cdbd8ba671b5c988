import { chatAudience } from "../../events/event.ts";
import type { Follower } from "../../events/followers.ts";
import type { Journal } from "../../events/journal.ts";
import { type Task, taskFollower } from "../../events/work.ts";
import type { Database } from "../../platform/db/database.ts";
import { toUser, usersById } from "../accounts/people.ts";
import { userUpdated } from "./events.ts";
import { pageOfMemberships, updateMember } from "./store.ts";

/** In so many chats somebody is told of together: some milliseconds of work. */
const pageRows = 100;

/**
 * Tells the chats of somebody what others see of them now. In the transaction that changed it, somebody in a thousand
 * chats would hold up everybody.
 */
export function peopleFollower(deps: { db: Database; journal: Journal }): Follower {
  const { journal } = deps;

  /** Those of their memberships that are behind `after`. */
  function tell(userId: number, after = 0): Task {
    return async (tx) => {
      const row = (await usersById(tx, [userId])).get(userId);
      if (!row) return { rows: 1 };
      const user = toUser(row, undefined);
      const page = await pageOfMemberships(tx, userId, after, pageRows);
      for (const { chatId, userPos } of page) {
        const told = { chat_id: chatId, user };
        const replaces = { replaces: userPos };
        const pos = await journal.record(tx, userUpdated, chatAudience(chatId), userId, told, replaces);
        await updateMember(tx, chatId, userId, { userPos: pos });
      }
      const next = page.length < pageRows ? [] : [tell(userId, page.at(-1)!.id)];
      return { rows: 1 + page.length, next };
    };
  }

  return taskFollower(deps, {
    name: "people",
    types: ["user_changed"],
    plan: (rows) => [...new Set(rows.map((row) => row.ref))].map((userId) => tell(userId)),
  });
}
