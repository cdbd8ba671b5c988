import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import type { Standing } from "../members/membership.ts";
import { pace } from "../pace.ts";
import { findMessage, type MessageRow } from "./store.ts";

/** Waits until the chat of a message may be told of a change to it, where that comes to anything. */
export async function waitForChange(
  kit: Kit,
  actor: Actor,
  messageId: number,
  isDue: (read: Read, row: MessageRow, standing: Standing) => Promise<boolean> | boolean,
): Promise<void> {
  const row = await kit.db.read((read) => findMessage(read, messageId));
  if (!row) return;
  const step = { isDue: (read: Read, standing: Standing) => isDue(read, row, standing) };
  await pace(kit).wait(row.chatId, actor.userId, step);
}
