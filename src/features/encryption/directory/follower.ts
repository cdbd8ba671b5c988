import { chatAudience, isChat } from "../../../events/event.ts";
import type { Follower } from "../../../events/followers.ts";
import { type Task, taskFollower } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import { pageOfMemberships } from "../../chat/index.ts";
import { encryptionKeyChanged, toChange } from "./events.ts";
import { findEntries } from "./store.ts";

/** In so many chats somebody's keys are told of together: some milliseconds of work. */
const pageRows = 100;

/**
 * Tells the chats of somebody that their keys are others. In the transaction that accepted these, somebody in a thousand chats would
 * hold up everybody. After a crash a chat may hear it twice, which changes nothing.
 */
export function keyChangeFollower(kit: Kit): Follower {
  return taskFollower(kit, {
    name: "encryption keys",
    types: [encryptionKeyChanged.type],
    // What a chat was told came from here.
    plan: (rows) => rows.filter((row) => !isChat(row.audience)).map((row) => tell(kit, row.ref)),
  });
}

/** Those of their chats that they joined with the membership after `after`. */
function tell(kit: Kit, entryId: number, after = 0): Task {
  return async (tx) => {
    const [entry] = await findEntries(tx, [entryId]);
    if (!entry) return { rows: 1 };
    const page = await pageOfMemberships(tx, entry.userId, after, pageRows);
    for (const { chatId } of page)
      await kit.journal.record(tx, encryptionKeyChanged, chatAudience(chatId), entryId, toChange(entry));
    const last = page.length < pageRows ? undefined : page.at(-1);
    return { rows: 1 + page.length, next: last ? [tell(kit, entryId, last.id)] : [] };
  };
}
