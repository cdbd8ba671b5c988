import { z } from "zod";

import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { cursorParam, limitParam, pathId } from "../../../core/wire.ts";
import * as wire from "./schema.ts";
import { closeChat } from "./close.ts";
import { createGroup } from "./create.ts";
import { getChat } from "./get.ts";
import { listChats } from "./list.ts";
import { openDirect } from "./open-direct.ts";
import { updateChat } from "./update.ts";

const chat_id = pathId("A chat that I am in.");
const ofChat = z.object({ chat_id });
const page = z.object({ limit: limitParam, cursor: cursorParam });

export const groupRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path: "/api/chats",
    name: "listChats",
    summary: "My chats, last activity first",
    auth: "required",
    query: page,
    answers: { 200: wire.Chats },
    run: async (kit, { actor, query }) => answer(200, await listChats(kit, actor, query)),
  }),
  endpoint({
    method: "post",
    path: "/api/chats/direct",
    name: "openDirectChat",
    summary: "The chat of two people: 201 when it is new, 200 when they have one",
    auth: "required",
    body: wire.CreateDirect,
    answers: { 201: wire.Chat, 200: wire.Chat },
    errors: ["not_found"],
    async run(kit, { actor, body }) {
      const { chat, created } = await openDirect(kit, actor, body.user_id);
      return answer(created ? 201 : 200, chat);
    },
  }),
  endpoint({
    method: "post",
    path: "/api/chats/group",
    name: "createGroup",
    summary: "A new group; the caller owns it",
    auth: "required",
    body: wire.CreateGroup,
    answers: { 201: wire.Chat },
    run: async (kit, { actor, body }) => answer(201, await createGroup(kit, actor, body)),
  }),
  endpoint({
    method: "get",
    path: "/api/chats/{chat_id}",
    name: "getChat",
    summary: "A chat with its first 100 members",
    auth: "required",
    params: ofChat,
    answers: { 200: wire.Chat },
    errors: ["not_found"],
    run: async (kit, { actor, params }) => answer(200, await getChat(kit, actor, params.chat_id)),
  }),
  endpoint({
    method: "put",
    path: "/api/chats/{chat_id}",
    name: "updateChat",
    summary: "Change a group's name, description or picture (admin or owner)",
    auth: "required",
    params: ofChat,
    body: wire.UpdateChat,
    answers: { 200: wire.Chat },
    errors: ["not_found", "forbidden", "direct_chat_fixed", "chat_inactive"],
    run: async (kit, { actor, params, body }) =>
      answer(200, await updateChat(kit, actor, params.chat_id, body)),
  }),
  endpoint({
    method: "delete",
    path: "/api/chats/{chat_id}",
    name: "closeChat",
    summary: "Close a group for all; its history stays readable (owner)",
    auth: "required",
    params: ofChat,
    answers: { 204: null },
    errors: ["not_found", "forbidden", "direct_chat_fixed", "chat_inactive"],
    run: async (kit, { actor, params }) => answer(204, await closeChat(kit, actor, params.chat_id)),
  }),
];
