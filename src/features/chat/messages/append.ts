/** The step that puts a message at the end of a chat. */
import { invalid } from "../../../core/errors.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { type Person, profilesById } from "../../accounts/index.ts";
import type { Media } from "../../files/index.ts";
import { attach, mediaOf } from "../attachments/attachments.ts";
import { findSize, updateCounts } from "../groups/store.ts";
import type { Progress, Standing } from "../members/membership.ts";
import { type Called, insertMentions, nobodyCalled } from "../mentions/mentions.ts";
import { findMarkers, updateProgress } from "../receipts/markers-store.ts";
import { unreadBehind } from "../receipts/unread.ts";
import { newMessage, ofSender } from "./events.ts";
import { type About, toMessage } from "./load.ts";
import type { ContentType, Message, SystemFacts } from "./schema.ts";
import { findMessage, insertMessage, type MessageRow, type NewMessage } from "./store.ts";
import { systemText } from "./system-text.ts";

type JournalKit = Pick<Kit, "journal" | "clock">;

export interface Draft {
  chatId: number;
  content: string;
  contentType: ContentType;
  /** `content` is a JWE. */
  encrypted?: boolean;
  clientId?: string | null | undefined;
  replyToId?: number | null | undefined;
  called?: Called;
  /** Files of the sender that wait for it. */
  media?: Media[];
  system?: SystemFacts;
  /** Of the sender, as it was just before; undefined for what the chat itself says. */
  standing?: Standing;
}

/** Writes the message and its event. Errors: `validation` when the quoted message is not in this chat. */
export async function append(kit: JournalKit, tx: Tx, sender: Person, draft: Draft): Promise<Message> {
  const { chatId, media = [], called = nobodyCalled } = draft;
  const quoted = draft.replyToId ? await requireQuote(tx, chatId, draft.replyToId) : undefined;
  const row = await toRow(tx, sender, draft, kit.clock.now());
  const id = await insertMessage(tx, row);
  const moved = await moveMarkers(tx, id, row, draft.standing?.progress);
  await insertMentions(tx, { id, chatId }, called.ids, row.createdAt);
  const about = await aboutNew(tx, sender, quoted);
  if (media.length > 0) about.media.set(id, await attach(tx, media, { id, chatId }));
  const message = toMessage({ ...row, id, editedAt: null, deletedBy: null }, "sent", about);
  await kit.journal.record(tx, newMessage, chatAudience(chatId), id, { ...ofSender(moved), message });
  return message;
}

/** Takes the next numbers of the chat: among all messages, and among those that people wrote. */
async function toRow(tx: Tx, sender: Person, draft: Draft, createdAt: number): Promise<NewMessage> {
  const { chatId, called = nobodyCalled, media = [], standing } = draft;
  const before = standing ?? (await findSize(tx, chatId));
  const counts = { seq: before.seq + 1, messageCount: before.messageCount + (standing ? 1 : 0) };
  await updateCounts(tx, chatId, counts);
  const position = standing && { chatId, userId: sender.id, ...standing.progress };
  return {
    chatId,
    ...counts,
    ownUnread: position !== undefined && (await unreadBehind(tx, position, before)) > 0,
    senderId: sender.id,
    clientId: draft.clientId ?? null,
    replyToId: draft.replyToId ?? null,
    content: draft.content,
    contentType: draft.contentType,
    encrypted: draft.encrypted ?? false,
    system: draft.system ?? null,
    mentions: called.ids.length > 0 ? called.ids : null,
    mentionsAll: called.all,
    mediaCount: media.length,
    createdAt,
  };
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
  if (before === undefined) return findMarkers(tx, chatId, senderId);
  const after = ownUnread
    ? { ...before, ownUnread: before.ownUnread + 1 }
    : { lastReadId: id, lastDeliveredId: id, readCount: messageCount, ownUnread: 0 };
  await updateProgress(tx, chatId, senderId, after);
  return after;
}

/** What the chat itself says: that `actor` did something. */
export async function appendSystem(
  kit: JournalKit,
  tx: Tx,
  actor: Person,
  chatId: number,
  facts: SystemFacts,
): Promise<void> {
  const content = systemText(actor.username, facts);
  await append(kit, tx, actor, { chatId, content, contentType: "system", system: facts });
}

async function requireQuote(read: Read, chatId: number, id: number): Promise<MessageRow> {
  const found = await findMessage(read, id);
  if (found?.chatId !== chatId) throw invalid("reply_to_id", "is not a message of this chat");
  return found;
}

/** Most messages reply to nothing: then nothing is asked for. */
async function aboutNew(
  read: Read,
  sender: Person,
  quoted: MessageRow | undefined,
): Promise<About & { media: Map<number, Media[]> }> {
  const usernames = new Map([[sender.id, sender.username]]);
  if (!quoted) return { quoted: new Map(), usernames, media: new Map() };
  const [author] = (await profilesById(read, [quoted.senderId])).values();
  if (author) usernames.set(author.id, author.username);
  const media = await mediaOf(read, quoted.mediaCount > 0 ? [quoted.id] : []);
  return { quoted: new Map([[quoted.id, quoted]]), usernames, media };
}
