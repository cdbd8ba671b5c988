import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import { userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Read, Tx } from "../../platform/db/database.ts";
import { isSignedIn, requireActor } from "../accounts/people.ts";
import { acquaint } from "../chats/changes.ts";
import { markersOf, receiversOf, setMarkers, setProgress, sizeOf, toMarkers } from "../chats/markers.ts";
import { requireMember } from "../chats/membership.ts";
import { chatRead, toChatRead } from "./events.ts";
import type * as wire from "./schema.ts";
import type { Statuses } from "./statuses.ts";
import { findMessage } from "./store.ts";
import { type Extent, ownBehind, type Place, unreadBehind } from "./unread.ts";

type Receipt = z.infer<typeof wire.Receipt>;

/** Up to and including which message somebody has read, or only received. */
export interface Mark {
  kind: "read" | "delivered";
  messageId: number;
  /** The message's chat, where the caller says which it is. */
  chatId?: number;
}

/** Marks of one session that arrive before the first of them is written: all of them are one write per chat. */
interface Gathered {
  marks: Mark[];
  outcomes: Promise<Outcome[]>;
}

type Outcome = Receipt | ChatError;

export interface ReceiptsDeps {
  db: Database;
  journal: Journal;
  statuses: Statuses;
}

/** The verbs about who has received and read what. */
export function createReceipts(deps: ReceiptsDeps) {
  const { db, journal, statuses } = deps;
  const gathering = new Map<number, Gathered>();

  /** Moves the caller's markers forward, never back. Errors: `not_found`. */
  async function mark(actor: Actor, one: Mark): Promise<Receipt> {
    let gathered = gathering.get(actor.sessionId);
    if (!gathered) {
      gathered = { marks: [], outcomes: Promise.resolve([]) };
      gathering.set(actor.sessionId, gathered);
      gathered.outcomes = writeLater(actor, gathered);
    }
    const index = gathered.marks.push(one) - 1;
    const outcome = (await gathered.outcomes)[index]!;
    if (outcome instanceof ChatError) throw outcome;
    return outcome;
  }

  /** Who loads the newest page has received it. That must not keep anybody from reading, so it may fail. */
  async function received(actor: Actor, messageId: number): Promise<void> {
    await mark(actor, { kind: "delivered", messageId }).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
    });
  }

  async function writeLater(actor: Actor, gathered: Gathered): Promise<Outcome[]> {
    const close = () => {
      if (gathering.get(actor.sessionId) === gathered) gathering.delete(actor.sessionId);
    };
    try {
      // The frames of a burst arrive in one turn of the event loop.
      await new Promise(setImmediate);
      return await db.transact((tx) => {
        close();
        return write(tx, actor, gathered.marks);
      });
    } finally {
      close();
    }
  }

  async function write(tx: Tx, actor: Actor, marks: Mark[]): Promise<Outcome[]> {
    await requireActor(tx, actor);
    const found = [];
    for (const one of marks) found.push(await locate(tx, one));
    const receipts = new Map<number, Receipt | undefined>();
    for (const [chatId, here] of Map.groupBy(found, (one) => one?.chatId)) {
      if (chatId === undefined) continue;
      const moved = await move(tx, chatId, actor.userId, here as Located[]);
      receipts.set(chatId, moved && (await toReceipt(tx, moved)));
    }
    return found.map((one) => (one && receipts.get(one.chatId)) ?? new ChatError("not_found"));
  }

  /** Undefined where there is no such message in the chat that the mark names. */
  async function locate(tx: Tx, { kind, messageId, chatId }: Mark): Promise<Located | undefined> {
    const message = await findMessage(tx, messageId);
    if (!message || (chatId !== undefined && chatId !== message.chatId)) return undefined;
    return { kind, messageId, chatId: message.chatId, messageCount: message.messageCount };
  }

  /** One write, however many marks there are. Undefined when the user is not in the chat. */
  async function move(tx: Tx, chatId: number, userId: number, marks: Located[]): Promise<Moved | undefined> {
    const markers = await markersOf(tx, chatId, userId);
    if (!markers) return undefined;
    const { readPos, ...before } = markers;
    const size = await sizeOf(tx, chatId);
    const after = { ...before };
    for (const one of marks) {
      after.lastDeliveredId = Math.max(after.lastDeliveredId, one.messageId);
      if (one.kind === "delivered" || one.messageId <= after.lastReadId) continue;
      after.lastReadId = one.messageId;
      after.readCount = one.messageCount;
    }
    const hasRead = after.lastReadId > before.lastReadId;
    const hasReceived = after.lastDeliveredId > before.lastDeliveredId;
    const place = { chatId, userId, ...after };
    if (hasRead) {
      place.ownUnread = await ownBehind(tx, place, after.lastReadId);
      const payload = await toChatRead(tx, place, size);
      const options = { replaces: readPos };
      const pos = await journal.record(tx, chatRead, userAudience(userId), chatId, payload, options);
      await setMarkers(tx, chatId, userId, { ...after, ownUnread: place.ownUnread, readPos: pos });
    } else if (hasReceived) await setProgress(tx, chatId, userId, after);
    if (hasRead || hasReceived) await statuses.moved(tx, chatId, userId, size);
    if (hasRead) await acquaint(tx, journal, chatId, { strangerId: size.strangerId, userId });
    return { place, size };
  }

  /**
   * Devices have proved that they have received these chats up to these messages. From a session that is over, or
   * somebody who is no longer in the chat, that is nothing.
   */
  function arrived(proofs: { actor: Actor; chatId: number; messageId: number }[]): Promise<void> {
    return db.transact(async (tx) => {
      for (const { actor, chatId, messageId } of proofs) {
        if (!(await isSignedIn(tx, actor))) continue;
        await move(tx, chatId, actor.userId, [{ kind: "delivered", chatId, messageId, messageCount: 0 }]);
      }
    });
  }

  /** Who has received and read a message. Errors: `not_found`. */
  function receipts(actor: Actor, messageId: number): Promise<z.infer<typeof wire.Receipts>> {
    return db.read(async (read) => {
      const { id: me } = await requireActor(read, actor);
      const message = await findMessage(read, messageId);
      if (!message) throw new ChatError("not_found");
      await requireMember(read, message.chatId, me);
      const receivers = await receiversOf(read, message);
      return {
        message_id: messageId,
        delivered: receivers.map((row) => row.userId),
        read: receivers.filter((row) => row.lastReadId >= messageId).map((row) => row.userId),
      };
    });
  }

  return { mark, received, arrived, receipts };
}

interface Located {
  kind: Mark["kind"];
  messageId: number;
  chatId: number;
  messageCount: number;
}

/** How far somebody has come now, and how much there is. */
interface Moved {
  place: Place;
  size: Extent;
}

async function toReceipt(read: Read, { place, size }: Moved): Promise<Receipt> {
  const unread_count = await unreadBehind(read, place, size);
  return { chat_id: place.chatId, ...toMarkers(place), unread_count };
}
