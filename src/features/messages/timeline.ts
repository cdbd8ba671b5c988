/** The step that puts a message at the end of a chat, for the transactions of all features. */
import { invalid } from "../../core/errors.ts";
import { chatAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import type { Person } from "../accounts/people.ts";
import { markersOf, type Progress, setProgress, sizeOf } from "../chats/markers.ts";
import { nextSeq, type Standing } from "../chats/membership.ts";
import { attach, mediaOf } from "../media/attachments.ts";
import type { Media } from "../media/schema.ts";
import { newMessage, ofSender } from "./events.ts";
import { toMessage } from "./load.ts";
import { type Called, nobodyCalled, placeMentions } from "./mentions.ts";
import type { ContentType, Message, SystemFacts } from "./schema.ts";
import { type FullRow, findQuote, insertMessage, type MessageRow, type NewMessage } from "./store.ts";
import { systemText } from "./system-text.ts";
import { unreadBehind } from "./unread.ts";

export interface Draft {
  chatId: number;
  content: string;
  contentType: ContentType;
  clientId?: string | null | undefined;
  replyToId?: number | null | undefined;
  called?: Called;
  /** Files of the sender that wait for it. */
  media?: Media[];
  system?: SystemFacts;
  /** Of the sender, as it was just before; undefined for what the chat itself says. */
  standing?: Standing;
}

const nothingQuoted = { quoted: null, quotedUsername: null };

/** Writes the message and its event. Errors: `validation` when the quoted message is not in this chat. */
export async function append(
  tx: Tx,
  journal: Journal,
  sender: Person,
  draft: Draft,
  at: number,
): Promise<Message> {
  const { chatId, called = nobodyCalled, media = [], standing } = draft;
  const quoted = await requireQuote(tx, chatId, draft.replyToId ?? null);
  const before = standing ?? (await sizeOf(tx, chatId));
  const place = await nextSeq(tx, chatId, before, standing !== undefined);
  const row: Omit<MessageRow, "id"> = {
    chatId,
    ...place,
    ownUnread:
      standing !== undefined &&
      (await unreadBehind(tx, { chatId, userId: sender.id, ...standing.progress }, standing)) > 0,
    senderId: sender.id,
    clientId: draft.clientId ?? null,
    replyToId: draft.replyToId ?? null,
    content: draft.content,
    contentType: draft.contentType,
    system: draft.system ?? null,
    mentions: called.ids.length > 0 ? called.ids : null,
    mentionsAll: called.all,
    mediaCount: media.length,
    createdAt: at,
    editedAt: null,
    deletedBy: null,
  };
  const id = await insertMessage(tx, row);
  const moved = await moveMarkers(tx, id, row, standing?.progress);
  await placeMentions(tx, { id, chatId }, called.ids, at);
  const files = await mediaOf(tx, quoted.quoted?.mediaCount ? [quoted.quoted.id] : []);
  if (media.length > 0) files.set(id, await attach(tx, media, { id, chatId }));
  const message = toMessage(
    { message: Object.assign(row, { id }), username: sender.username, ...quoted },
    "sent",
    files,
  );
  await journal.record(tx, newMessage, chatAudience(chatId), id, { ...ofSender(moved), message });
  return message;
}

/**
 * Who writes has read what is there, unless something of others was unread: then they have one more message of their
 * own behind their marker. What the chat itself says was not written by anybody: who renames a chat has not read it.
 * Answers how far the sender has come.
 */
async function moveMarkers(
  tx: Tx,
  id: number,
  { chatId, senderId, messageCount, ownUnread }: NewMessage,
  before: Progress | undefined,
): Promise<Progress | undefined> {
  if (before === undefined) return markersOf(tx, chatId, senderId);
  const after = ownUnread
    ? { ...before, ownUnread: before.ownUnread + 1 }
    : { lastReadId: id, lastDeliveredId: id, readCount: messageCount, ownUnread: 0 };
  await setProgress(tx, chatId, senderId, after);
  return after;
}

/** What the chat itself says: that `actor` did something. */
export async function appendSystem(
  tx: Tx,
  journal: Journal,
  actor: Person,
  chatId: number,
  facts: SystemFacts,
  at: number,
): Promise<void> {
  const content = systemText(actor.username, facts);
  await append(tx, journal, actor, { chatId, content, contentType: "system", system: facts }, at);
}

async function requireQuote(
  read: Read,
  chatId: number,
  id: number | null,
): Promise<Pick<FullRow, "quoted" | "quotedUsername">> {
  if (id === null) return nothingQuoted;
  const found = await findQuote(read, id);
  if (found?.message.chatId !== chatId) throw invalid("reply_to_id", "is not a message of this chat");
  const { senderId, content, contentType, mediaCount, deletedBy } = found.message;
  return {
    quoted: { id, senderId, content, contentType, mediaCount, deletedBy },
    quotedUsername: found.username,
  };
}
