/** The step that moves somebody's markers forward, for the verbs of this folder. */
import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { acquaint } from "../groups/changes.ts";
import { findSize } from "../groups/store.ts";
import type { Progress } from "../members/membership.ts";
import { statusBroadcast } from "../state.ts";
import { chatRead, toChatRead } from "./events.ts";
import { findMarkers, type Kind, updateMarkers, updateProgress } from "./markers-store.ts";
import { type Extent, ownBehind, type Position } from "./unread.ts";

/** Up to and including which message somebody has read a chat, or only received it. */
export interface Reach {
  kind: Kind;
  messageId: number;
  /** The chat's `messageCount` as of that message. */
  messageCount: number;
}

/** How far somebody has come now, and how much there is. */
export interface Moved {
  position: Position;
  extent: Extent;
}

/** One write, however many marks there are; never back. Undefined when the user is not in the chat. */
export async function moveMarkers(
  kit: Kit,
  tx: Tx,
  { chatId, userId }: { chatId: number; userId: number },
  marks: Reach[],
): Promise<Moved | undefined> {
  const markers = await findMarkers(tx, chatId, userId);
  if (!markers) return undefined;
  const { readPos, ...before } = markers;
  const size = await findSize(tx, chatId);
  const position: Position = { chatId, userId, ...furthest(before, marks) };
  const hasRead = position.lastReadId > before.lastReadId;
  const hasReceived = position.lastDeliveredId > before.lastDeliveredId;
  if (hasRead) {
    position.ownUnread = await ownBehind(tx, position, position.lastReadId);
    await recordRead(kit, tx, position, size, readPos);
  } else if (hasReceived) await updateProgress(tx, chatId, userId, progressOf(position));
  if (hasRead || hasReceived) await statusBroadcast(kit).moved(tx, chatId, userId, size);
  if (hasRead) await acquaint(kit, tx, chatId, { strangerId: size.strangerId, userId });
  return { position, extent: size };
}

function furthest(before: Progress, marks: Reach[]): Progress {
  const after = { ...before };
  for (const one of marks) {
    after.lastDeliveredId = Math.max(after.lastDeliveredId, one.messageId);
    if (one.kind === "delivered" || one.messageId <= after.lastReadId) continue;
    after.lastReadId = one.messageId;
    after.readCount = one.messageCount;
  }
  return after;
}

/** Tells one's other devices; the event that told them last goes. */
async function recordRead(
  kit: Kit,
  tx: Tx,
  position: Position,
  extent: Extent,
  replaces: number,
): Promise<void> {
  const { chatId, userId } = position;
  const payload = await toChatRead(tx, position, extent);
  const audience = userAudience(userId);
  const readPos = await kit.journal.record(tx, chatRead, audience, chatId, payload, { replaces });
  await updateMarkers(tx, chatId, userId, { ...progressOf(position), readPos });
}

function progressOf({ lastReadId, lastDeliveredId, readCount, ownUnread }: Progress): Progress {
  return { lastReadId, lastDeliveredId, readCount, ownUnread };
}
