import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError, invalid } from "../../core/errors.ts";
import { chatAudience, userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Read, Tx } from "../../platform/db/database.ts";
import { type Person, requireActor, requireUser, usersById } from "../accounts/people.ts";
import type { SystemFacts } from "../messages/schema.ts";
import { appendSystem } from "../messages/timeline.ts";
import {
  chatCreated,
  chatRemoved,
  chatUpdated,
  memberAdded,
  memberRemoved,
  memberUpdated,
} from "./events.ts";
import { may, requireGroup, requireMay, requireMember, toChatInfo, toMember } from "./membership.ts";
import type * as wire from "./schema.ts";
import * as store from "./store.ts";
import { viewChats } from "./view.ts";

export interface ChatsDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  maxGroupMembers: number;
}

interface PageInput {
  limit: number;
  cursor?: string | undefined;
}

type Chat = wire.Chat;
type Member = wire.Member;

const membersShown = 100;

export type Chats = ReturnType<typeof createChats>;

/** The verbs about chats and who is in them. */
export function createChats(deps: ChatsDeps) {
  const { db, journal, clock } = deps;

  // Opening

  /** `created` is false when the two have a chat already. */
  function openDirect(actor: Actor, userId: number): Promise<{ chat: Chat; created: boolean }> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      if (userId === me.id) throw invalid("user_id", "is your own");
      await requireUser(tx, userId);
      const directKey = `${Math.min(me.id, userId)}:${Math.max(me.id, userId)}`;
      const existing = await store.findDirect(tx, directKey);
      if (existing) return { chat: await view(tx, me.id, existing.id), created: false };
      const chat = await insertChat(tx, { chatType: "direct", directKey });
      await insertMembers(tx, chat.id, [
        { userId: me.id, role: "member" },
        { userId, role: "member" },
      ]);
      await tellCreated(tx, userId, await view(tx, userId, chat.id));
      const mine = await view(tx, me.id, chat.id);
      await tellCreated(tx, me.id, mine);
      return { chat: mine, created: true };
    });
  }

  function createGroup(actor: Actor, input: z.output<typeof wire.CreateGroup>): Promise<Chat> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const others = [...new Set(input.member_ids ?? [])].filter((id) => id !== me.id);
      await requireAll(tx, others, input.member_ids ?? []);
      requireRoom(others.length + 1, "member_ids");
      const chat = await insertChat(tx, {
        chatType: "group",
        name: input.name,
        description: input.description ?? null,
        avatarUrl: input.avatar_url ?? null,
      });
      await say(tx, me, chat.id, { event: "group_created", name: input.name }, `created “${input.name}”`);
      await insertMembers(tx, chat.id, [
        { userId: me.id, role: "owner" },
        ...others.map((userId) => ({ userId, role: "member" as const })),
      ]);
      const mine = await view(tx, me.id, chat.id);
      await tellCreated(tx, me.id, mine);
      for (const id of others) await tellCreated(tx, id, { ...mine, my_role: "member" });
      return withMembers(tx, mine);
    });
  }

  async function insertChat(
    tx: Tx,
    row: Pick<store.ChatRow, "chatType"> & Partial<store.ChatRow>,
  ): Promise<store.ChatRow> {
    const now = clock.now();
    return store.insertChat(tx, { ...row, createdAt: now, activeAt: now });
  }

  /** What happened in the chat so far is not theirs to hear. */
  async function insertMembers(
    tx: Tx,
    chatId: number,
    people: { userId: number; role: wire.Role }[],
  ): Promise<void> {
    const joinedPos = await journal.newest(tx);
    for (const one of people) {
      await store.insertMember(tx, { ...one, chatId, joinedAt: clock.now(), joinedPos });
    }
  }

  async function tellCreated(tx: Tx, userId: number, chat: Chat): Promise<void> {
    await journal.record(tx, chatCreated, userAudience(userId), chat.id, { chat });
  }

  async function requireAll(read: Read, ids: number[], given: number[]): Promise<void> {
    const known = await usersById(read, ids);
    const missing = ids.find((id) => !known.get(id)?.isActive);
    if (missing === undefined) return;
    throw invalid(`member_ids.${given.indexOf(missing)}`, "is nobody's id");
  }

  function requireRoom(members: number, field: string): void {
    if (members <= deps.maxGroupMembers) return;
    throw invalid(field, `would make ${members} members, more than ${deps.maxGroupMembers}`);
  }

  // Looking

  function list(actor: Actor, input: PageInput): Promise<z.infer<typeof wire.Chats>> {
    const anchor = parseListCursor(input.cursor);
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      const rows = await store.listChats(read, me.id, anchor, input.limit + 1);
      const page = rows.slice(0, input.limit);
      const last = rows.length > input.limit ? page.at(-1)?.chat : undefined;
      return {
        chats: await viewChats(read, me.id, page),
        next_cursor: last ? `${last.activeAt}-${last.id}` : null,
      };
    });
  }

  function get(actor: Actor, chatId: number): Promise<Chat> {
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      return withMembers(read, await view(read, me.id, chatId));
    });
  }

  function members(actor: Actor, chatId: number, input: PageInput): Promise<z.infer<typeof wire.Members>> {
    const after = parseId(input.cursor);
    return db.read(async (read) => {
      const me = await requireActor(read, actor);
      await requireMember(read, chatId, me.id);
      const rows = await store.listMembers(read, chatId, after, input.limit + 1);
      const page = rows.slice(0, input.limit);
      const more = rows.length > input.limit;
      return { members: page.map(toMember), next_cursor: more ? String(page.at(-1)!.member.id) : null };
    });
  }

  /** Errors: `not_found` when the viewer is not in it. */
  async function view(read: Read, viewer: number, chatId: number): Promise<Chat> {
    const found = await store.findMembership(read, chatId, viewer);
    if (!found) throw new ChatError("not_found");
    return (await viewChats(read, viewer, [{ chat: found.chat, role: found.member.role }]))[0]!;
  }

  async function withMembers(read: Read, chat: Chat): Promise<Chat> {
    return { ...chat, members: (await store.listMembers(read, chat.id, 0, membersShown)).map(toMember) };
  }

  // Changing

  function update(actor: Actor, chatId: number, input: z.output<typeof wire.UpdateChat>): Promise<Chat> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const { chat, member } = await requireGroup(tx, chatId, me.id);
      requireMay(member, "edit_chat");
      const change: Partial<store.ChatRow> = {};
      if (input.name && input.name !== chat.name) change.name = input.name;
      if (input.description !== undefined && input.description !== chat.description) {
        change.description = input.description;
      }
      if (input.avatar_url !== undefined && input.avatar_url !== chat.avatarUrl) {
        change.avatarUrl = input.avatar_url;
      }
      if (Object.keys(change).length > 0) {
        await applyChange(tx, chatId, change);
        if (change.name) {
          await say(
            tx,
            me,
            chatId,
            { event: "chat_renamed", name: change.name },
            `renamed the chat to “${change.name}”`,
          );
        }
        if ("description" in change) {
          await say(tx, me, chatId, { event: "description_changed" }, "changed the description");
        }
        if ("avatarUrl" in change) {
          await say(tx, me, chatId, { event: "avatar_changed" }, "changed the picture");
        }
      }
      return view(tx, me.id, chatId);
    });
  }

  function close(actor: Actor, chatId: number): Promise<void> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      requireMay((await requireGroup(tx, chatId, me.id)).member, "close_chat");
      await say(tx, me, chatId, { event: "chat_closed" }, "closed the chat");
      await applyChange(tx, chatId, { isActive: false });
    });
  }

  async function applyChange(tx: Tx, chatId: number, change: Partial<store.ChatRow>): Promise<void> {
    const chat = await store.updateChat(tx, chatId, change);
    await journal.record(tx, chatUpdated, chatAudience(chatId), chatId, { chat: toChatInfo(chat) });
  }

  // Members

  function addMember(actor: Actor, chatId: number, input: z.output<typeof wire.AddMember>): Promise<Member> {
    const role = input.role ?? "member";
    if (role === "owner") throw invalid("role", "is handed over, not given");
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const { chat, member } = await requireGroup(tx, chatId, me.id);
      requireMay(member, role === "admin" ? "add_admin" : "add_member");
      const { id: userId, username } = await requireUser(tx, input.user_id);
      if (await store.findRole(tx, chatId, userId)) throw new ChatError("already_member");
      requireRoom(chat.memberCount + 1, "user_id");
      await insertMembers(tx, chatId, [{ userId, role }]);
      const added = await loadMember(tx, chatId, userId);
      await journal.record(tx, memberAdded, chatAudience(chatId), userId, { chat_id: chatId, member: added });
      await say(tx, me, chatId, { event: "member_added", user_id: userId, username }, `added ${username}`);
      await store.updateMember(tx, chatId, userId, { joinedPos: await journal.newest(tx) });
      await tellCreated(tx, userId, await view(tx, userId, chatId));
      return added;
    });
  }

  /** Gives a role; `owner` hands the chat over, and the one who did stays as an admin. */
  function setRole(actor: Actor, chatId: number, userId: number, role: wire.Role): Promise<Member> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      requireMay((await requireGroup(tx, chatId, me.id)).member, "set_role");
      const member = await loadMember(tx, chatId, userId);
      if (member.role === role) return member;
      if (userId === me.id) throw new ChatError("owner_must_hand_over");
      if (role === "owner") await giveRole(tx, chatId, me.id, "admin");
      const changed = await giveRole(tx, chatId, userId, role);
      const { username } = changed;
      await (role === "owner"
        ? say(
            tx,
            me,
            chatId,
            { event: "owner_changed", user_id: userId, username },
            `handed the chat over to ${username}`,
          )
        : say(
            tx,
            me,
            chatId,
            { event: "role_changed", user_id: userId, username, role },
            `made ${username} ${role === "admin" ? "an admin" : "a member"}`,
          ));
      return changed;
    });
  }

  async function giveRole(tx: Tx, chatId: number, userId: number, role: wire.Role): Promise<Member> {
    await store.updateMember(tx, chatId, userId, { role });
    const member = await loadMember(tx, chatId, userId);
    await journal.record(tx, memberUpdated, chatAudience(chatId), userId, { chat_id: chatId, member });
    return member;
  }

  /** Leaves the chat, or removes somebody else from it. */
  function removeMember(actor: Actor, chatId: number, userId: number): Promise<void> {
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const { chat, member } = await requireGroup(tx, chatId, me.id);
      const leaves = userId === me.id;
      if (!leaves) requireMay(member, "remove_member");
      const target = await loadMember(tx, chatId, userId);
      if (leaves && member.role === "owner" && chat.memberCount > 1) {
        throw new ChatError("owner_must_hand_over");
      }
      if (!leaves && target.role !== "member" && !may(member, "remove_admin")) {
        throw new ChatError("forbidden");
      }
      await store.deleteMember(tx, chatId, userId);
      await journal.record(tx, memberRemoved, chatAudience(chatId), userId, {
        chat_id: chatId,
        user_id: userId,
      });
      const { username } = target;
      await (leaves
        ? say(tx, me, chatId, { event: "member_left", user_id: userId, username }, "left")
        : say(tx, me, chatId, { event: "member_removed", user_id: userId, username }, `removed ${username}`));
      await journal.record(tx, chatRemoved, userAudience(userId), chatId, { chat_id: chatId });
      if (chat.memberCount === 1) await applyChange(tx, chatId, { isActive: false });
    });
  }

  /** Errors: `not_found` when that user is not in the chat. */
  async function loadMember(read: Read, chatId: number, userId: number): Promise<Member> {
    const [row] = await store.findMembers(read, chatId, [userId]);
    if (!row) throw new ChatError("not_found");
    return toMember(row);
  }

  /** A system message: "alice added bob". */
  async function say(tx: Tx, by: Person, chatId: number, facts: SystemFacts, what: string): Promise<void> {
    await appendSystem(tx, journal, by, chatId, facts, `${by.username} ${what}`, clock.now());
  }

  return { openDirect, createGroup, list, get, members, update, close, addMember, setRole, removeMember };
}

function parseListCursor(cursor: string | undefined): store.ListAnchor | undefined {
  if (cursor === undefined) return undefined;
  const [, activeAt, id] = /^(\d{1,16})-(\d{1,16})$/.exec(cursor) ?? [];
  if (id === undefined) throw invalid("query.cursor", "is not a next_cursor of this list");
  return { activeAt: Number(activeAt), id: Number(id) };
}

function parseId(cursor: string | undefined): number {
  if (cursor !== undefined && !/^\d{1,16}$/.test(cursor)) {
    throw invalid("query.cursor", "is not a next_cursor of this list");
  }
  return Number(cursor ?? 0);
}
