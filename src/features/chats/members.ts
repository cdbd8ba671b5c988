import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError, invalid } from "../../core/errors.ts";
import { spendIn } from "../../core/spending.ts";
import { chatAudience, userAudience, type Viewer } from "../../events/event.ts";
import { requireActor, requireUser } from "../accounts/people.ts";
import { lastMessageId } from "../messages/load.ts";
import { appendSystem } from "../messages/timeline.ts";
import { changeChat, enrol, giveRole, tellChanged, tellCreated } from "./changes.ts";
import { chatRemoved, memberAdded, memberRemoved, memberUpdated } from "./events.ts";
import {
  may,
  requireActive,
  requireGroup,
  requireMay,
  requireMember,
  requireOther,
  requireOwn,
  requireRoom,
} from "./membership.ts";
import type * as wire from "./schema.ts";
import type { ChatsDeps } from "./deps.ts";
import * as store from "./store.ts";
import { viewChat, viewMember } from "./view.ts";

type Member = wire.Member;

/** A chat is told who has changed, and says so. */
const eventsOfChange = 2;

/** The verbs about who is in a group. */
export function createMembers(deps: ChatsDeps) {
  const { db, journal, clock } = deps;
  const as = (id: number): Viewer => ({ id, isOnline: deps.isOnline });

  async function addMember(
    actor: Actor,
    chatId: number,
    input: z.output<typeof wire.AddMember>,
  ): Promise<Member> {
    const role = input.role ?? "member";
    if (role === "owner") throw invalid("role", "is handed over, not given");
    await deps.pace.wait(chatId, actor.userId, {
      events: eventsOfChange,
      isDue: (_, standing) => may(standing, role === "admin" ? "add_admin" : "add_member"),
    });
    return spendIn(db, async (tx, spending) => {
      const me = await requireActor(tx, actor);
      const { chat, member } = await requireGroup(tx, chatId, me.id);
      requireMay(member, role === "admin" ? "add_admin" : "add_member");
      const { id: userId, username } = await requireUser(tx, input.user_id);
      if (await store.findRole(tx, chatId, userId)) throw new ChatError("already_member");
      requireRoom(chat.memberCount + 1, deps.maxGroupMembers, "user_id");
      deps.limits.join(spending, me.id, 1, "user_id");
      deps.limits.joinAgain(spending, chatId, userId);
      await enrol(tx, journal, chatId, [{ userId, role }], {
        by: me.id,
        at: clock.now(),
        readTo: await lastMessageId(tx, chatId),
      });
      const added = await requireOther(tx, chatId, userId);
      await journal.record(tx, memberAdded, chatAudience(chatId), userId, { chat_id: chatId, member: added });
      await appendSystem(
        tx,
        journal,
        me,
        chatId,
        { event: "member_added", user_id: userId, username },
        clock.now(),
      );
      await store.updateMember(tx, chatId, userId, { joinedPos: await journal.newest(tx) });
      await tellCreated(tx, journal, userId, await viewChat(tx, as(userId), chatId));
      return viewMember(tx, as(me.id), chat, userId);
    });
  }

  /** Gives a role; `owner` hands the chat over, and the one who did stays as an admin. */
  async function setRole(actor: Actor, chatId: number, userId: number, role: wire.Role): Promise<Member> {
    await deps.pace.wait(chatId, actor.userId, {
      events: eventsOfChange,
      isDue: (_, standing) => may(standing, "set_role"),
    });
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const { chat: group, member: mine } = await requireGroup(tx, chatId, me.id);
      requireMay(mine, "set_role");
      const member = await requireOther(tx, chatId, userId);
      if (member.role === role) return viewMember(tx, as(me.id), group, userId);
      if (userId === me.id) throw new ChatError("owner_must_hand_over");
      if (role === "owner") {
        await requireUser(tx, userId);
        await giveRole(tx, journal, chatId, me.id, "admin");
      }
      const { username } = await giveRole(tx, journal, chatId, userId, role);
      const facts = { user_id: userId, username };
      await (role === "owner"
        ? appendSystem(tx, journal, me, chatId, { event: "owner_changed", ...facts }, clock.now())
        : appendSystem(tx, journal, me, chatId, { event: "role_changed", ...facts, role }, clock.now()));
      return viewMember(tx, as(me.id), group, userId);
    });
  }

  /** What is one's own in a chat: a nickname, for all to see, and whether it is muted, for nobody else to know. */
  async function updateOwn(
    actor: Actor,
    chatId: number,
    input: z.output<typeof wire.UpdateOwn>,
  ): Promise<Member> {
    // Whether it is muted, nobody else is told.
    if (input.nickname !== undefined) {
      await deps.pace.wait(chatId, actor.userId, { events: eventsOfChange });
    }
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const standing = await requireMember(tx, chatId, me.id);
      const before = await requireOwn(tx, chatId, me.id);
      const { nickname } = input;
      if (nickname !== undefined && nickname !== before.nickname) {
        requireActive(standing);
        await store.updateMember(tx, chatId, me.id, { nickname });
        await tellChanged(tx, journal, chatId, me.id);
        await appendSystem(tx, journal, me, chatId, { event: "nickname_changed", nickname }, clock.now());
      }
      if (typeof input.is_muted === "boolean" && input.is_muted !== before.is_muted) {
        await store.updateMember(tx, chatId, me.id, { isMuted: input.is_muted });
        const member = await requireOwn(tx, chatId, me.id);
        await journal.record(tx, memberUpdated, userAudience(me.id), chatId, { chat_id: chatId, member });
      }
      return viewMember(tx, as(me.id), { id: chatId, ...standing }, me.id);
    });
  }

  /** Leaves the chat, or removes somebody else from it. */
  async function removeMember(actor: Actor, chatId: number, userId: number): Promise<void> {
    await deps.pace.wait(chatId, actor.userId, {
      events: eventsOfChange,
      isDue: (_, standing) => userId === actor.userId || may(standing, "remove_member"),
    });
    return db.transact(async (tx) => {
      const me = await requireActor(tx, actor);
      const { chat, member } = await requireGroup(tx, chatId, me.id);
      const leaves = userId === me.id;
      if (!leaves) requireMay(member, "remove_member");
      const target = await requireOther(tx, chatId, userId);
      // Nobody can be handed a group whose account is closed.
      if (leaves && member.role === "owner" && (await store.findHeir(tx, chatId, me.id))) {
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
      const event = leaves ? "member_left" : "member_removed";
      await appendSystem(tx, journal, me, chatId, { event, user_id: userId, username }, clock.now());
      await journal.record(tx, chatRemoved, userAudience(userId), chatId, { chat_id: chatId });
      if (chat.memberCount === 1) await changeChat(tx, journal, chatId, { isActive: false });
    });
  }

  return { addMember, setRole, updateOwn, removeMember };
}
