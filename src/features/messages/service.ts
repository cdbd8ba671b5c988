import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError, invalid } from "../../core/errors.ts";
import { type Spending, spendIn } from "../../core/spending.ts";
import { isVisible } from "../../core/visible.ts";
import { chatAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import { requireActor } from "../accounts/people.ts";
import { acquaint } from "../chats/changes.ts";
import { markDeleted, markersOf, sizeOf } from "../chats/markers.ts";
import {
  isMember,
  mayRemoveOthers,
  requireActive,
  requireMember,
  requireOpen,
  type Standing,
} from "../chats/membership.ts";
import { removeAttached, requireWaiting } from "../media/attachments.ts";
import { requireMessage } from "./access.ts";
import type { CallBudget } from "./call-budget.ts";
import { changeMessage } from "./changes.ts";
import { messageDeleted, toDeleted } from "./events.ts";
import { loadMessages, toMessages } from "./load.ts";
import { type Called, changeMentions, type MentionLimits, removeMentions, whoIsCalled } from "./mentions.ts";
import { createReceipts } from "./receipts.ts";
import type * as wire from "./schema.ts";
import type { Statuses } from "./statuses.ts";
import * as store from "./store.ts";
import { append } from "./timeline.ts";

export interface MessagesDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  maxContentBytes: number;
  mentions: MentionLimits;
  callBudget: Pick<CallBudget, "take">;
  statuses: Statuses;
  /** Waits until a large chat may be told of one more thing. Errors: `rate_limited`, `stopping`. */
  pace: {
    wait(
      chatId: number,
      userId: number,
      step: { isDue(read: Read, standing: Standing): Promise<boolean> | boolean },
    ): Promise<void> | undefined;
  };
}

export interface SendInput extends z.output<typeof wire.SendMessage> {
  chatId: number;
}

export interface HistoryInput {
  limit: number;
  before?: number | undefined;
  after?: number | undefined;
  around?: number | undefined;
}

type Message = wire.Message;

export type Messages = ReturnType<typeof createMessages>;

/** The verbs about messages. */
export function createMessages(deps: MessagesDeps) {
  const { db, journal, clock, callBudget } = deps;
  const receipts = createReceipts(deps);

  /** `created` is false when this `client_id` was sent before: then the first message is the answer. */
  async function send(actor: Actor, input: SendInput): Promise<{ message: Message; created: boolean }> {
    const { client_id } = input;
    const turn = deps.pace.wait(input.chatId, actor.userId, {
      // What was sent before is only answered again.
      isDue: async (read) => !client_id || !(await store.findByClientId(read, actor.userId, client_id)),
    });
    if (turn) await turn;
    return spendIn(db, async (tx, spending) => {
      const sender = await requireActor(tx, actor);
      if (input.client_id) {
        const first = await store.findByClientId(tx, sender.id, input.client_id);
        if (first && first.chatId !== input.chatId) throw new ChatError("client_id_reused");
        if (first) return { message: await loadOwn(tx, first, sender.id), created: false };
      }
      const standing = await requireMember(tx, input.chatId, sender.id);
      await requireOpen(tx, standing, sender.id);
      const contentType = input.content_type ?? "text";
      const media = await requireWaiting(tx, sender.id, input.media_ids ?? []);
      const content = checkContent(input.content ?? "", contentType, media.length);
      const draft = {
        chatId: input.chatId,
        content,
        contentType,
        clientId: input.client_id,
        replyToId: input.reply_to_id,
        called: await called(tx, input.chatId, standing, sender.id, content),
        media,
        standing,
      } as const;
      await acquaint(tx, journal, input.chatId, { strangerId: standing.strangerId, userId: sender.id });
      const message = await append(tx, journal, sender, draft, clock.now());
      if (draft.called.all) await spend(tx, spending, input.chatId);
      return { message, created: true };
    });
  }

  async function edit(
    actor: Actor,
    messageId: number,
    input: z.output<typeof wire.EditMessage>,
  ): Promise<Message> {
    const { client_id } = input;
    await paceOf(messageId, actor, async (read, row) => {
      const isSent = client_id && (await store.findEdit(read, actor.userId, client_id));
      return row.senderId === actor.userId && !isSent;
    });
    return spendIn(db, async (tx, spending) => {
      const editor = await requireActor(tx, actor);
      const { row, standing } = await requireMessage(tx, messageId, editor.id);
      if (row.senderId !== editor.id || row.contentType === "system") throw new ChatError("forbidden");
      if (input.client_id) {
        const first = await store.findEdit(tx, editor.id, input.client_id);
        if (first && first.messageId !== messageId) throw new ChatError("client_id_reused");
        if (first) return load(tx, messageId);
        await store.insertEdit(tx, { senderId: editor.id, clientId: input.client_id, messageId });
      }
      await requireOpen(tx, standing, editor.id);
      if (row.deletedBy !== null) throw new ChatError("message_deleted");
      const content = checkContent(input.content, row.contentType, row.mediaCount);
      const now = clock.now();
      const calls = await called(tx, row.chatId, standing, editor.id, content);
      await changeMentions(tx, row, calls, now);
      const mentions = calls.ids.length > 0 ? calls.ids : null;
      const change = { content, mentions, mentionsAll: calls.all, editedAt: now };
      const message = await changeMessage(tx, journal, row, change);
      if (calls.all && !row.mentionsAll) await spend(tx, spending, row.chatId);
      return message;
    });
  }

  /** Leaves a tombstone. Deleting what is deleted already is fine, and tells nobody again. */
  async function remove(actor: Actor, messageId: number): Promise<void> {
    await paceOf(messageId, actor, (_, row, standing) => {
      const mine = row.senderId === actor.userId;
      return row.deletedBy === null && (mine || mayRemoveOthers(standing));
    });
    return db.transact(async (tx) => {
      const remover = await requireActor(tx, actor);
      const { row, standing } = await requireMessage(tx, messageId, remover.id);
      const mine = row.senderId === remover.id;
      if (row.contentType === "system" || (!mine && !mayRemoveOthers(standing)))
        throw new ChatError("forbidden");
      requireActive(standing);
      if (row.deletedBy !== null) return;
      await removeMentions(tx, messageId);
      if (row.mediaCount > 0) await removeAttached(tx, messageId);
      const nothing = { content: "", mentions: null, mentionsAll: false, mediaCount: 0 };
      const change = { ...nothing, deletedBy: remover.id };
      await store.updateMessage(tx, messageId, change);
      await markDeleted(tx, row.chatId, messageId);
      const event = toDeleted({ ...row, deletedBy: remover.id });
      await journal.record(tx, messageDeleted, chatAudience(row.chatId), messageId, event);
    });
  }

  /** Waits for the chat of a message, where changing that comes to anything. */
  async function paceOf(
    messageId: number,
    actor: Actor,
    isDue: (read: Read, row: store.MessageRow, standing: Standing) => Promise<boolean> | boolean,
  ): Promise<void> {
    const row = await db.read((read) => store.findMessage(read, messageId));
    if (!row) return;
    const step = { isDue: (read: Read, standing: Standing) => isDue(read, row, standing) };
    await deps.pace.wait(row.chatId, actor.userId, step);
  }

  /** One message, as it is now. Errors: `not_found`. */
  function get(actor: Actor, chatId: number, messageId: number): Promise<Message> {
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      await requireMember(read, chatId, me.id);
      const message = (await loadMessages(read, [messageId])).get(messageId);
      if (message?.chat_id !== chatId) throw new ChatError("not_found");
      return message;
    });
  }

  /** A page of a chat, oldest first: the newest one, or the one that an anchor (a message's id) names. */
  async function history(
    actor: Actor,
    chatId: number,
    input: HistoryInput,
  ): Promise<z.infer<typeof wire.History>> {
    const anchors = (["before", "after", "around"] as const).filter((name) => input[name] !== undefined);
    if (anchors.length > 1) throw invalid(`query.${anchors[1]}`, "only one of before, after, around");
    const name = anchors[0];
    const { page, received } = await db.read(async (read) => {
      await requireActor(read, actor);
      await requireMember(read, chatId, actor.userId);
      const seq = name && (await requireSeq(read, chatId, input[name]!, name));
      const page = await (name === "after"
        ? pageAfter(read, chatId, seq!, input.limit)
        : name === "around"
          ? pageAround(read, chatId, seq!, input.limit)
          : pageBefore(read, chatId, seq ?? Number.MAX_SAFE_INTEGER, input.limit));
      const { lastDeliveredId } = (await markersOf(read, chatId, actor.userId))!;
      const newest = page.messages.at(-1)?.message.id ?? 0;
      return {
        page: { ...page, messages: await toMessages(read, page.messages) },
        received: name === undefined && newest > lastDeliveredId ? newest : undefined,
      };
    });
    if (received !== undefined) await receipts.received(actor, received);
    return page;
  }

  /** What somebody sent, also when they have left since: then without what they replied to, as it is now. */
  async function loadOwn(
    read: Read,
    { id, chatId }: { id: number; chatId: number },
    userId: number,
  ): Promise<Message> {
    const message = await load(read, id);
    return (await isMember(read, chatId, userId)) ? message : { ...message, reply_to: null };
  }

  async function load(read: Read, id: number): Promise<Message> {
    return (await loadMessages(read, [id])).get(id)!;
  }

  /** Errors: `rate_limited`. */
  async function spend(read: Read, spending: Spending, chatId: number): Promise<void> {
    callBudget.take(spending, chatId, (await sizeOf(read, chatId)).memberCount);
  }

  /** Whom a text calls in its chat. */
  function called(
    read: Read,
    chatId: number,
    standing: Standing,
    sender: number,
    text: string,
  ): Promise<Called> {
    return whoIsCalled(read, chatId, standing, sender, text, deps.mentions);
  }

  /** As it is kept. Where a file says it all, what shows nothing is no text. */
  function checkContent(content: string, type: wire.ContentType, files: number): string {
    const bytes = Buffer.byteLength(content);
    if (bytes > deps.maxContentBytes) {
      throw invalid("content", `has ${bytes} bytes of UTF-8, more than the ${deps.maxContentBytes} allowed`);
    }
    const shows = isVisible(content);
    if (!shows && type === "text" && files === 0) throw invalid("content", "must show something");
    return shows ? content : "";
  }

  const { mark, arrived } = receipts;
  return { send, edit, remove, get, history, mark, arrived, receipts: receipts.receipts };
}

async function requireSeq(read: Read, chatId: number, id: number, name: string): Promise<number> {
  const row = await store.findMessage(read, id);
  if (row?.chatId !== chatId) throw invalid(`query.${name}`, "is not a message of this chat");
  return row.seq;
}

interface Page {
  messages: store.FullRow[];
  has_more_before: boolean;
  has_more_after: boolean;
}

/** Messages up to, and without, `seq`. Numbers have no gap, so the ends tell whether there is more. */
async function pageBefore(read: Read, chatId: number, seq: number, limit: number): Promise<Page> {
  const messages = (await store.loadBefore(read, chatId, seq, limit)).reverse();
  return {
    messages,
    has_more_before: (messages[0]?.message.seq ?? 1) > 1,
    has_more_after: seq !== Number.MAX_SAFE_INTEGER,
  };
}

async function pageAfter(read: Read, chatId: number, seq: number, limit: number): Promise<Page> {
  const messages = await store.loadAfter(read, chatId, seq, limit + 1);
  return {
    messages: messages.slice(0, limit),
    has_more_before: true,
    has_more_after: messages.length > limit,
  };
}

/** The message itself and, as far as there are any, as many before it as after it. */
async function pageAround(read: Read, chatId: number, seq: number, limit: number): Promise<Page> {
  const before = Math.floor((limit - 1) / 2);
  const earlier = before > 0 ? (await store.loadBefore(read, chatId, seq, before)).reverse() : [];
  const rest = await store.loadAfter(read, chatId, seq - 1, limit - earlier.length + 1);
  return {
    messages: [...earlier, ...rest.slice(0, limit - earlier.length)],
    has_more_before: (earlier[0]?.message.seq ?? seq) > 1,
    has_more_after: rest.length > limit - earlier.length,
  };
}
