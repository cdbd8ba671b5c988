import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { findMessage } from "../messages/store.ts";
import type { Kind } from "./markers-store.ts";
import { toMarkers } from "./markers.ts";
import { type Moved, moveMarkers, type Reach } from "./move.ts";
import type { Receipt } from "./schema.ts";
import { sessionProofs } from "./session-proofs.ts";
import { unreadBehind } from "./unread.ts";

/** Up to and including which message somebody has read, or only received. */
export interface Mark {
  kind: Kind;
  messageId: number;
  /** The message's chat, where the caller says which it is. */
  chatId?: number;
}

/** Marks of one session that arrive before the first of them is written: all of them are one write per chat. */
interface Batch {
  marks: Mark[];
  outcomes: Promise<Outcome[]>;
}

type Outcome = Receipt | ChatError;

/** The batches that are open, by session. */
const batches = perKit(() => new Map<number, Batch>());

/** Moves the caller's markers forward, never back. Errors: `not_found`. */
export async function mark(kit: Kit, actor: Actor, one: Mark): Promise<Receipt> {
  const open = batches(kit);
  let batch = open.get(actor.sessionId);
  if (!batch) {
    batch = { marks: [], outcomes: Promise.resolve([]) };
    open.set(actor.sessionId, batch);
    batch.outcomes = writeLater(kit, actor, batch);
  }
  const index = batch.marks.push(one) - 1;
  const outcome = (await batch.outcomes)[index];
  if (outcome === undefined || outcome instanceof ChatError) throw outcome ?? new ChatError("not_found");
  return outcome;
}

/** Who loads the newest page has received it. That must not keep anybody from reading, so it may fail. */
export async function markReceived(kit: Kit, actor: Actor, messageId: number): Promise<void> {
  await mark(kit, actor, { kind: "delivered", messageId }).catch((error: unknown) => {
    if (!(error instanceof ChatError)) throw error;
  });
}

async function writeLater(kit: Kit, actor: Actor, batch: Batch): Promise<Outcome[]> {
  const open = batches(kit);
  const close = () => {
    if (open.get(actor.sessionId) === batch) open.delete(actor.sessionId);
  };
  try {
    // The frames of a burst arrive in one turn of the event loop.
    await new Promise(setImmediate);
    return await kit.db.transact((tx) => {
      close();
      return write(kit, tx, actor, batch.marks);
    });
  } finally {
    close();
  }
}

async function write(kit: Kit, tx: Tx, actor: Actor, marks: Mark[]): Promise<Outcome[]> {
  await requireActor(tx, actor);
  const found = [];
  for (const one of marks) found.push(await locate(tx, one));
  const receipts = new Map<number, Receipt>();
  for (const [chatId, here] of Map.groupBy(found, (one) => one?.chatId)) {
    if (chatId === undefined) continue;
    const marksHere = here.filter((one) => one !== undefined);
    const moved = await moveMarkers(kit, tx, { chatId, userId: actor.userId }, marksHere);
    const furthest = Math.max(...marksHere.map((one) => one.messageId));
    tx.onDurable(() => sessionProofs(kit).note(actor.sessionId, chatId, furthest));
    if (moved) receipts.set(chatId, await toReceipt(tx, moved));
  }
  return found.map((one) => (one && receipts.get(one.chatId)) ?? new ChatError("not_found"));
}

/** Undefined where there is no such message in the chat that the mark names. */
async function locate(
  read: Read,
  { kind, messageId, chatId }: Mark,
): Promise<(Reach & { chatId: number }) | undefined> {
  const message = await findMessage(read, messageId);
  if (!message || (chatId !== undefined && chatId !== message.chatId)) return undefined;
  return { kind, messageId, chatId: message.chatId, messageCount: message.messageCount };
}

async function toReceipt(read: Read, { position, extent }: Moved): Promise<Receipt> {
  const unread_count = await unreadBehind(read, position, extent);
  return { chat_id: position.chatId, ...toMarkers(position), unread_count };
}
