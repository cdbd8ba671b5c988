import { z } from "zod";

import { id } from "../../../core/wire.ts";
import { audienceId, chatAudience, defineEffect, defineEvent } from "../../../events/event.ts";
import { Chat, ChatInfo } from "./schema.ts";
import { findChats } from "./store.ts";
import { toChatInfo, viewChatsById } from "./view.ts";

export const chatCreated = defineEvent({
  type: "chat_created",
  summary: "I am in a chat that I was not in before: it is new, or somebody added me. Load its history.",
  schema: z.object({ chat: Chat }),
  async load(read, happened, viewer) {
    const ids = happened.map((one) => one.ref);
    const found = await viewChatsById(read, viewer, ids);
    return ids.map((id) => {
      const chat = found.get(id);
      return chat && { chat };
    });
  },
  effects: ({ chat }, audience) => [
    { kind: "join", userId: audienceId(audience), topic: chatAudience(chat.id) },
  ],
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
    const ids = happened.map((one) => one.ref);
    const rows = await findChats(read, new Set(ids));
    const byId = new Map(rows.map((row) => [row.id, toChatInfo(row)]));
    return ids.map((id) => {
      const chat = byId.get(id);
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
