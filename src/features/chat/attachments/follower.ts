import type { Follower } from "../../../events/followers.ts";
import { type Task, taskFollower } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import { fileProcessed, findMessagesWith } from "../../files/index.ts";
import { tellFiles } from "../messages/changes.ts";

/** Messages of which chats are told together. */
const pageRows = 50;

/**
 * Tells the chats of each message that a file is attached to what it turned out to be. In the transaction that wrote
 * that down, a file in a thousand messages would hold up everybody.
 */
export function attachmentsFollower(kit: Kit): Follower {
  /** Those of its messages that are behind `after`. */
  const tell =
    (fileId: number, after = 0): Task =>
    async (tx) => {
      const messageIds = await findMessagesWith(tx, fileId, after, pageRows);
      for (const messageId of messageIds) await tellFiles(kit, tx, messageId);
      const last = messageIds.length < pageRows ? undefined : messageIds.at(-1);
      // Each is read and told of.
      return { rows: 1 + 2 * messageIds.length, next: last === undefined ? [] : [tell(fileId, last)] };
    };

  return taskFollower(kit, {
    name: "attachments",
    types: [fileProcessed.type],
    plan: (rows) => [...new Set(rows.map((row) => row.ref))].map((fileId) => tell(fileId)),
  });
}
