import { z } from "zod";

import { id } from "../../../core/wire.ts";
import { audienceId, defineEvent, type Happened, isChat } from "../../../events/event.ts";
import type { Read } from "../../../platform/db/database.ts";
import { profilesById, toUser, User } from "../../accounts/index.ts";
import { membersAmong } from "./membership.ts";
import { Member } from "./schema.ts";
import { membersOf, ownMember } from "./view.ts";

const withMember = z.object({ chat_id: id, member: Member });

export const memberAdded = defineEvent({
  type: "member_added",
  summary: "Somebody is in the chat now.",
  schema: withMember,
  load: loadMembers,
});

export const memberUpdated = defineEvent({
  type: "member_updated",
  summary: "Somebody has another role or nickname; or I want to be told of something else in a chat.",
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
  effects: ({ user_id }, audience) => [{ kind: "leave", userId: user_id, topic: audience }],
});

/** Comes from `user_changed`, a moment later (see profiles.ts). Of each person in a chat the last one is told again. */
export const userUpdated = defineEvent({
  type: "user_updated",
  summary:
    "Somebody in the chat has another name, picture or description; or has left the server, or come back.",
  schema: z.object({
    chat_id: id,
    user: User.meta({ description: "`is_online` and `last_seen` are null." }),
  }),
  load: (read, happened) =>
    loadByChat(happened, async (chatId, userIds) => {
      const there = await membersAmong(read, chatId, userIds);
      const profiles = await profilesById(read, [...there]);
      return new Map(
        [...profiles].map(([id, one]) => [id, { chat_id: chatId, user: toUser(one, undefined) }]),
      );
    }),
});

async function loadOwn(read: Read, { audience, ref }: Happened, userId: number) {
  if (isChat(audience)) return undefined;
  const member = await ownMember(read, ref, userId);
  return member && { chat_id: ref, member };
}

function loadMembers(read: Read, happened: Happened[]) {
  return loadByChat(happened, async (chatId, userIds) => {
    const members = await membersOf(read, chatId, userIds);
    return new Map(members.map((member) => [member.user_id, { chat_id: chatId, member }]));
  });
}

/** Of events whose audience is a chat and whose `ref` is a user: what `load` makes of each chat's, by user. */
async function loadByChat<P>(
  happened: Happened[],
  load: (chatId: number, userIds: number[]) => Promise<Map<number, P>>,
): Promise<(P | undefined)[]> {
  const loaded = new Map<string, Map<number, P>>();
  for (const [audience, rows] of Map.groupBy(happened, (one) => one.audience)) {
    if (!isChat(audience)) continue;
    const userIds = rows.map((row) => row.ref);
    loaded.set(audience, await load(audienceId(audience), userIds));
  }
  return happened.map(({ audience, ref }) => loaded.get(audience)?.get(ref));
}
