import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { invalid } from "../../core/errors.ts";
import { spendIn } from "../../core/spending.ts";
import type { Viewer } from "../../events/event.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { requireActor, requireUser, usersById } from "../accounts/people.ts";
import { appendSystem } from "../messages/timeline.ts";
import { changeChat, changeGroup, enrol, tellCreated } from "./changes.ts";
import { createMembers } from "./members.ts";
import { may, requireGroup, requireMay, requireMember, requireRoom } from "./membership.ts";
import type { ChatsDeps } from "./deps.ts";
import type * as wire from "./schema.ts";
import * as store from "./store.ts";
import { pageOfChats, parseListCursor } from "./listing.ts";
import { viewChat, viewChats, viewMembers } from "./view.ts";

interface PageInput {
  limit: number;
  cursor?: string | undefined;
}

type Chat = wire.Chat;

const membersShown = 100;
/** A chat is told that it has changed, and says what of it. */
const eventsOfUpdate = 2;

export type Chats = ReturnType<typeof createChats>;

/** The verbs about chats and who is in them. */
export function createChats(deps: ChatsDeps) {
  const { db, journal, clock } = deps;
  const as = (id: number): Viewer => ({ id, isOnline: deps.isOnline });

  // Opening

  /** `created` is false when the two have a chat already, also with somebody whose account is closed since. */
  function openDirect(actor: Actor, userId: number): Promise<{ chat: Chat; created: boolean }> {
    return spendIn(db, async (tx, spending) => {
      const me = await requireActor(tx, actor);
      if (userId === me.id) throw invalid("user_id", "is your own");
      const directKey = `${Math.min(me.id, userId)}:${Math.max(me.id, userId)}`;
      const existing = await store.findDirect(tx, directKey);
      if (existing) return { chat: await viewChat(tx, as(me.id), existing.id), created: false };
      await requireUser(tx, userId);
      deps.limits.join(spending, me.id, 1, "user_id");
      const chat = await insertChat(tx, { chatType: "direct", directKey, strangerId: me.id });
      await enrol(
        tx,
        journal,
        chat.id,
        [
          { userId: me.id, role: "member" },
          { userId, role: "member" },
        ],
        { by: me.id, at: clock.now(), readTo: 0 },
      );
      await tellCreated(tx, journal, userId, await viewChat(tx, as(userId), chat.id));
      const mine = await viewChat(tx, as(me.id), chat.id);
      await tellCreated(tx, journal, me.id, mine);
      return { chat: mine, created: true };
    });
  }

  function createGroup(actor: Actor, input: z.output<typeof wire.CreateGroup>): Promise<Chat> {
    return spendIn(db, async (tx, spending) => {
      const me = await requireActor(tx, actor);
      const others = [...new Set(input.member_ids ?? [])].filter((id) => id !== me.id);
      await requireAll(tx, others, input.member_ids ?? []);
      requireRoom(others.length + 1, deps.maxGroupMembers, "member_ids");
      await deps.requirePicture(tx, input.avatar_url, me.id);
      deps.limits.join(spending, me.id, others.length, "member_ids");
      const chat = await insertChat(tx, {
        chatType: "group",
        name: input.name,
        description: input.description ?? null,
        avatarUrl: input.avatar_url ?? null,
      });
      await appendSystem(tx, journal, me, chat.id, { event: "group_created", name: input.name }, clock.now());
      await enrol(
        tx,
        journal,
        chat.id,
        [{ userId: me.id, role: "owner" }, ...others.map((userId) => ({ userId, role: "member" as const }))],
        { by: me.id, at: clock.now(), readTo: 0 },
      );
      const mine = await viewChat(tx, as(me.id), chat.id);
      await tellCreated(tx, journal, me.id, mine);
      for (const id of others) await tellCreated(tx, journal, id, { ...mine, my_role: "member" });
      return withMembers(tx, mine, me.id);
    });
  }

  async function insertChat(
    tx: Tx,
    row: Pick<store.ChatRow, "chatType"> & Partial<store.ChatRow>,
  ): Promise<store.ChatRow> {
    return store.insertChat(tx, { ...row, createdAt: clock.now() });
  }

  async function requireAll(read: Read, ids: number[], given: number[]): Promise<void> {
    const known = await usersById(read, ids);
    const missing = ids.find((id) => !known.get(id)?.isActive);
    if (missing === undefined) return;
    throw invalid(`member_ids.${given.indexOf(missing)}`, "is nobody's id");
  }

  // Looking

  function list(actor: Actor, input: PageInput): Promise<z.infer<typeof wire.Chats>> {
    const cursor = parseListCursor(input.cursor);
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      const { rows, next } = await pageOfChats(read, me.id, input.limit, cursor);
      return { chats: await viewChats(read, as(me.id), rows), next_cursor: next };
    });
  }

  function get(actor: Actor, chatId: number): Promise<Chat> {
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      return withMembers(read, await viewChat(read, as(me.id), chatId), me.id);
    });
  }

  function members(actor: Actor, chatId: number, input: PageInput): Promise<z.infer<typeof wire.Members>> {
    const after = parseId(input.cursor);
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      const standing = await requireMember(read, chatId, me.id);
      const rows = await store.listMembers(read, chatId, after, input.limit + 1);
      const page = rows.slice(0, input.limit);
      const more = rows.length > input.limit;
      return {
        members: await viewMembers(read, as(me.id), standing, page),
        next_cursor: more ? String(page.at(-1)!.member.id) : null,
      };
    });
  }

  async function withMembers(read: Read, chat: Chat, viewer: number): Promise<Chat> {
    const rows = await store.listMembers(read, chat.id, 0, membersShown);
    const { chat_type: chatType } = chat;
    return { ...chat, members: await viewMembers(read, as(viewer), { chatType }, rows) };
  }

  // Changing

  async function update(
    actor: Actor,
    chatId: number,
    input: z.output<typeof wire.UpdateChat>,
  ): Promise<Chat> {
    await deps.pace.wait(chatId, actor.userId, {
      events: eventsOfUpdate,
      isDue: (_, standing) => may(standing, "edit_chat"),
    });
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const { chat, member } = await requireGroup(tx, chatId, me.id);
      requireMay(member, "edit_chat");
      await deps.requirePicture(tx, input.avatar_url, me.id);
      const wanted = { ...input, avatarUrl: input.avatar_url };
      await changeGroup(tx, journal, me, chat, wanted, clock.now());
      return viewChat(tx, as(me.id), chatId);
    });
  }

  async function close(actor: Actor, chatId: number): Promise<void> {
    await deps.pace.wait(chatId, actor.userId, {
      events: eventsOfUpdate,
      isDue: (_, standing) => may(standing, "close_chat"),
    });
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      requireMay((await requireGroup(tx, chatId, me.id)).member, "close_chat");
      await appendSystem(tx, journal, me, chatId, { event: "chat_closed" }, clock.now());
      await changeChat(tx, journal, chatId, { isActive: false });
    });
  }

  return {
    openDirect,
    createGroup,
    list,
    get,
    members,
    update,
    close,
    ...createMembers(deps),
  };
}

function parseId(cursor: string | undefined): number {
  if (cursor !== undefined && !/^\d{1,16}$/.test(cursor)) {
    throw invalid("query.cursor", "is not a next_cursor of this list");
  }
  return Number(cursor ?? 0);
}
