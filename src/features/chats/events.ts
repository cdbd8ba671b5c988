import { z } from "zod";

import { id } from "../../core/wire.ts";
import {
  type Audience,
  audienceId,
  chatAudience,
  defineEffect,
  defineEvent,
  type Happened,
  isChat,
} from "../../events/event.ts";
import type { Read } from "../../platform/db/database.ts";
import type { Effect } from "../../platform/fanout/fanout.ts";
import { toUser } from "../accounts/people.ts";
import { User } from "../accounts/schema.ts";
import { toChatInfo, toMember, toOwnMember } from "./membership.ts";
import { Chat, ChatInfo, Member } from "./schema.ts";
import { findChats, findMembers, findUsersIn } from "./store.ts";
import { viewChatsById } from "./view.ts";

export const chatCreated = defineEvent({
  type: "chat_created",
  summary: "I am in a chat that I was not in before: it is new, or somebody added me. Load its history.",
  schema: z.object({ chat: Chat }),
  async load(read, happened, viewer) {
    const found = await viewChatsById(
      read,
      viewer,
      happened.map((one) => one.ref),
    );
    return happened.map(({ ref }) => {
      const chat = found.get(ref);
      return chat && { chat };
    });
  },
  effects: ({ chat }, audience) => [membershipEffect("join", audienceId(audience), chatAudience(chat.id))],
});

export const chatRemoved = defineEvent({
  type: "chat_removed",
  summary: "I am no longer in a chat.",
  schema: z.object({ chat_id: id }),
  load: async (_, happened) => happened.map(({ ref }) => ({ chat_id: ref })),
});

export const chatUpdated = defineEvent({
  type: "chat_updated",
  summary: "A chat's name, description, picture or state has changed.",
  schema: z.object({ chat: ChatInfo }),
  async load(read, happened) {
    const rows = await findChats(
      read,
      happened.map((one) => one.ref),
    );
    const byId = new Map(rows.map((row) => [row.id, toChatInfo(row)]));
    return happened.map(({ ref }) => {
      const chat = byId.get(ref);
      return chat && { chat };
    });
  },
});

/** Who has answered whom. */
interface Answered {
  userId: number;
  strangerId: number;
}

export const answered = defineEffect<Answered>({
  type: "answered",
  summary: "The other person of a direct chat has written or read there for the first time.",
  effects: () => [],
});

const withMember = z.object({ chat_id: id, member: Member });

export const memberAdded = defineEvent({
  type: "member_added",
  summary: "Somebody is in the chat now.",
  schema: withMember,
  load: loadMembers,
});

export const memberUpdated = defineEvent({
  type: "member_updated",
  summary: "Somebody has another role or nickname; or I have muted a chat, or no longer.",
  schema: withMember,
  async load(read, happened, viewer) {
    // What is told to oneself alone has the chat as `ref`.
    const own = await Promise.all(happened.map((one) => loadOwn(read, one, viewer.id)));
    const others = await loadMembers(read, happened);
    return happened.map((_, i) => own[i] ?? others[i]);
  },
});

export const memberRemoved = defineEvent({
  type: "member_removed",
  summary: "Somebody is no longer in the chat.",
  schema: z.object({ chat_id: id, user_id: id }),
  load: async (_, happened) =>
    happened.map(({ audience, ref }) => ({ chat_id: audienceId(audience), user_id: ref })),
  effects: ({ user_id }, audience) => [membershipEffect("leave", user_id, audience)],
});

/**
 * Comes from `user_changed`, a moment later (see listeners.ts). Of each person in a chat the last one is told again.
 */
export const userUpdated = defineEvent({
  type: "user_updated",
  summary:
    "Somebody in the chat has another name, picture or description; or has left the server, or come back.",
  schema: z.object({
    chat_id: id,
    user: User.meta({ description: "`is_online` and `last_seen` are null." }),
  }),
  async load(read, happened) {
    const found = new Map<string, z.input<typeof User>>();
    for (const [audience, rows] of Map.groupBy(happened, (one) => one.audience)) {
      const ids = rows.map((row) => row.ref);
      for (const user of await findUsersIn(read, audienceId(audience), ids)) {
        found.set(`${audience} ${user.id}`, toUser(user, undefined));
      }
    }
    return happened.map(({ audience, ref }) => {
      const user = found.get(`${audience} ${ref}`);
      return user && { chat_id: audienceId(audience), user };
    });
  },
});

async function loadOwn(read: Read, { audience, ref }: Happened, userId: number) {
  if (isChat(audience)) return undefined;
  const [row] = await findMembers(read, ref, [userId]);
  return row && { chat_id: ref, member: toOwnMember(row) };
}

/** Of chats: the member that `ref` is. */
async function loadMembers(read: Read, happened: Happened[]) {
  const found = new Map<string, Member>();
  for (const [audience, rows] of Map.groupBy(happened, (one) => one.audience)) {
    if (!isChat(audience)) continue;
    const ids = rows.map((row) => row.ref);
    for (const row of await findMembers(read, audienceId(audience), ids)) {
      found.set(`${audience} ${row.member.userId}`, toMember(row));
    }
  }
  return happened.map(({ audience, ref }) => {
    const member = found.get(`${audience} ${ref}`);
    return member && { chat_id: audienceId(audience), member };
  });
}

function membershipEffect(kind: "join" | "leave", userId: number, topic: Audience): Effect {
  return { kind, userId, topic };
}
