import { chatAudience } from "../../events/event.ts";
import type { Follower } from "../../events/followers.ts";
import type { Journal } from "../../events/journal.ts";
import { type Task, workThrough } from "../../events/work.ts";
import type { Database } from "../../platform/db/database.ts";
import { toUser, usersById } from "../accounts/people.ts";
import { userUpdated } from "./events.ts";
import { pageOfMemberships, updateMember } from "./store.ts";

const name = "people";

/** In so many chats somebody is told of together: some milliseconds of work. */
const pageRows = 100;

/**
 * Tells the chats of somebody what others see of them now. In the transaction that changed it, somebody in a thousand
 * chats would hold up everybody.
 */
export function peopleFollower({ db, journal }: { db: Database; journal: Journal }): Follower {
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

  return {
    name,
    types: ["user_changed"],
    position: () => journal.placeOf(name),
    async handle(rows, upTo, signal) {
      // Where nothing happened, the place of before leads to the same.
      if (rows.length === 0) return;
      const userIds = [...new Set(rows.map((row) => row.ref))];
      const tasks = userIds.map((id) => tell(id));
      await workThrough(db, tasks, (tx) => journal.move(tx, name, upTo), signal);
    },
  };
}
