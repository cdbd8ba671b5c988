import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import { toTime } from "../../core/wire.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { requireActor, toUser, usersById } from "../accounts/people.ts";
import { acquainted } from "../chats/membership.ts";
import { loadMessages } from "../messages/load.ts";
import { unreadIn, unreadInAll } from "../messages/unread.ts";
import type { NotificationsDeps } from "./deps.ts";
import { createDevices } from "./devices.ts";
import * as lists from "./lists-store.ts";
import { type ReadItems, tellRead } from "./reading.ts";
import * as reading from "./reading-store.ts";
import type * as wire from "./schema.ts";
import { findAboutMention } from "./store.ts";
import { isRead, toNotifications } from "./words.ts";
import { findMember } from "./words-store.ts";

export type Notifications = ReturnType<typeof createNotifications>;

/** So many are marked as read in one transaction, and told in one event. */
const markedAtOnce = 250;

/** The verbs about what somebody is told of. */
export function createNotifications(deps: NotificationsDeps) {
  const { db, journal, isOnline } = deps;

  // Looking

  function list(
    actor: Actor,
    input: lists.ListInput & { unread: boolean },
  ): Promise<z.infer<typeof wire.Notifications>> {
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      const wanted = { ...input, limit: input.limit + 1 };
      const rows = await lists.listNotifications(read, me.id, wanted, await emptied(read, me.id));
      return {
        notifications: await toNotifications(read, rows.slice(0, input.limit)),
        has_more: rows.length > input.limit,
      };
    });
  }

  function mentions(actor: Actor, input: lists.ListInput): Promise<z.infer<typeof wire.Mentions>> {
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      const rows = await lists.listUnreadMentions(read, me.id, { ...input, limit: input.limit + 1 });
      const page = rows.slice(0, input.limit);
      const messages = await loadMessages(
        read,
        page.map((row) => row.mention.messageId),
      );
      const senders = [...new Set(page.map((row) => row.senderId))];
      const users = await usersById(read, senders);
      const known = await acquainted(read, me.id, senders);
      return {
        mentions: page.map(({ mention, senderId }) => ({
          id: mention.id,
          message_id: mention.messageId,
          chat_id: mention.chatId,
          message: messages.get(mention.messageId) ?? null,
          mentioned_by: toUser(users.get(senderId)!, known.has(senderId) ? isOnline : undefined),
          is_read: false,
          created_at: toTime(mention.createdAt),
        })),
        has_more: rows.length > input.limit,
      };
    });
  }

  function count(actor: Actor): Promise<z.infer<typeof wire.Counts>> {
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      const unread = await lists.countUnread(read, me.id, await emptied(read, me.id));
      return {
        unread_notifications: unread.notifications,
        unread_mentions: unread.mentions,
        unread_messages: await unreadInAll(read, me.id),
      };
    });
  }

  /** Notifications whose messages are all deleted, which nobody has been told yet. */
  async function emptied(read: Read, userId: number): Promise<number[]> {
    const doubtful = await lists.findDoubtful(read, userId);
    const unread = await unreadIn(
      read,
      userId,
      doubtful.map((one) => one.chatId),
    );
    return doubtful.filter((one) => unread.get(one.chatId) === 0).map((one) => one.id);
  }

  // Marking

  /** Marks one, with its mention. Errors: `not_found`. */
  function markRead(actor: Actor, id: number): Promise<void> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const row = await reading.findNotification(tx, id);
      if (row?.userId !== me.id) throw new ChatError("not_found");
      await markOne(tx, row, {
        notificationIds: [id],
        mentionIds: row.mentionId === null ? [] : [row.mentionId],
      });
    });
  }

  /** Marks a mention, with its notification if there is one already. Errors: `not_found`. */
  function markMentionRead(actor: Actor, id: number): Promise<void> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const row = await reading.findMentionById(tx, id);
      if (row?.userId !== me.id) throw new ChatError("not_found");
      const about = await findAboutMention(tx, id);
      await markOne(tx, row, { notificationIds: about ? [about.id] : [], mentionIds: [id] });
    });
  }

  /** What is read already stays as it is, and nobody is told again. */
  async function markOne(
    tx: Tx,
    row: Item,
    ids: Pick<ReadItems, "notificationIds" | "mentionIds">,
  ): Promise<void> {
    const { userId, chatId } = row;
    const member = await findMember(tx, chatId, userId);
    if (!isRead(row, member)) await tellRead(tx, journal, { userId, chatId, ...ids });
  }

  /** All notifications and mentions, not the messages of the chats. */
  async function markAllRead(actor: Actor): Promise<void> {
    while (!(await db.transact((tx) => markSomeRead(tx, actor))));
  }

  /** True when there is no more. */
  async function markSomeRead(tx: Tx, actor: Actor): Promise<boolean> {
    const { id: userId } = await requireActor(tx, actor);
    const rows = await reading.someUnread(tx, userId, markedAtOnce);
    const theirs = rows.flatMap((row) => row.mentionId ?? []);
    await tellRead(tx, journal, {
      userId,
      chatId: 0,
      notificationIds: rows.map((row) => row.id),
      mentionIds: theirs,
    });
    if (rows.length === markedAtOnce) return false;
    // Those that nobody was told of yet.
    const mentionIds = (await reading.someUnreadMentions(tx, userId, markedAtOnce)).map((row) => row.id);
    await tellRead(tx, journal, { userId, chatId: 0, notificationIds: [], mentionIds });
    return mentionIds.length < markedAtOnce;
  }

  return { list, mentions, count, markRead, markMentionRead, markAllRead, ...createDevices(deps) };
}

/** A notification or a mention. */
interface Item {
  userId: number;
  chatId: number;
  messageId: number;
  readPos: number | null;
}
