import type { EpochReason } from "../../../e2ee/epochs.ts";
import { audienceId, isChat } from "../../../events/event.ts";
import type { Follower } from "../../../events/followers.ts";
import { type Task, taskFollower } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { activeAmong, userChanged } from "../../accounts/index.ts";
import { pageOfMemberships } from "../../chat/index.ts";
import { encryptionKeyChanged } from "../directory/events.ts";
import { identitiesOf, type Identity } from "../directory/identities.ts";
import { makeDue } from "./due.ts";
import { idleAmong, recipientsOf } from "./store.ts";

/** In so many chats what changes for somebody is looked at together: some milliseconds of work. */
const pageRows = 100;

/**
 * Makes another epoch due in the chats of somebody who has other keys, or whose account was closed. In the transaction that changed it,
 * somebody in a thousand chats would hold up everybody.
 */
export function rosterFollower(kit: Kit): Follower {
  return taskFollower(kit, {
    name: "encryption rosters",
    types: [encryptionKeyChanged.type, userChanged.type],
    plan: (rows) =>
      // What a chat was told of keys came from another follower.
      rows
        .filter((row) => !isChat(row.audience))
        .map((row) => {
          const isOfKeys = row.type === encryptionKeyChanged.type;
          return isOfKeys ? look(kit, audienceId(row.audience), "keys") : look(kit, row.ref, "membership");
        }),
  });
}

/** In those of their chats that they joined with the membership after `after`. */
function look(kit: Kit, userId: number, reason: EpochReason, after = 0): Task {
  return async (tx) => {
    const page = await pageOfMemberships(tx, userId, after, pageRows);
    const keys = await keysOf(tx, userId);
    const idle = await idleAmong(
      tx,
      page.map((one) => one.chatId),
    );
    for (const { chatId, n } of idle) {
      const [own] = await recipientsOf(tx, { chatId, userId, since: n - 1, upTo: n });
      // Who is not in the epoch comes in by a step alone, which makes another one due itself.
      const isOther = own && (own.ikKid !== keys?.ikKid || own.ekKid !== keys.ekKid);
      if (isOther) await makeDue(kit, tx, chatId, reason);
    }
    const last = page.length < pageRows ? undefined : page.at(-1);
    return { rows: 1 + page.length, next: last ? [look(kit, userId, reason, last.id)] : [] };
  };
}

/** Undefined for whoever has none that count, or whose account is closed. */
async function keysOf(read: Read, userId: number): Promise<Identity | undefined> {
  if (!(await activeAmong(read, [userId])).has(userId)) return undefined;
  return (await identitiesOf(read, [userId])).get(userId);
}
