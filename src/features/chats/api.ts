import { z } from "zod";

import { answer, endpoint, type Feature } from "../../core/feature.ts";
import { cursorParam, limitParam, pathId } from "../../core/wire.ts";
import * as wire from "./schema.ts";
import type { Chats } from "./service.ts";

const chat_id = pathId("A chat that I am in.");
const ofChat = z.object({ chat_id });
const ofMember = z.object({ chat_id, user_id: pathId("A member of the chat.") });
const page = z.object({ limit: limitParam, cursor: cursorParam });

export function chatsApi(chats: Chats): Feature {
  return {
    endpoints: [
      endpoint({
        method: "get",
        path: "/api/chats",
        name: "listChats",
        summary: "My chats, last activity first",
        auth: "required",
        query: page,
        answers: { 200: wire.Chats },
        run: async ({ actor, query }) => answer(200, await chats.list(actor, query)),
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
        async run({ actor, body }) {
          const { chat, created } = await chats.openDirect(actor, body.user_id);
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
        run: async ({ actor, body }) => answer(201, await chats.createGroup(actor, body)),
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
        run: async ({ actor, params }) => answer(200, await chats.get(actor, params.chat_id)),
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
        run: async ({ actor, params, body }) => answer(200, await chats.update(actor, params.chat_id, body)),
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
        run: async ({ actor, params }) => answer(204, await chats.close(actor, params.chat_id)),
      }),
      endpoint({
        method: "get",
        path: "/api/chats/{chat_id}/members",
        name: "listMembers",
        summary: "Who is in a chat, in the order of joining",
        auth: "required",
        params: ofChat,
        query: page,
        answers: { 200: wire.Members },
        errors: ["not_found"],
        run: async ({ actor, params, query }) =>
          answer(200, await chats.members(actor, params.chat_id, query)),
      }),
      endpoint({
        method: "post",
        path: "/api/chats/{chat_id}/members",
        name: "addMember",
        summary: "Add somebody to a group (admin or owner; an admin by the owner)",
        auth: "required",
        params: ofChat,
        body: wire.AddMember,
        answers: { 201: wire.Member },
        errors: ["not_found", "forbidden", "already_member", "direct_chat_fixed", "chat_inactive"],
        run: async ({ actor, params, body }) =>
          answer(201, await chats.addMember(actor, params.chat_id, body)),
      }),
      endpoint({
        method: "put",
        path: "/api/chats/{chat_id}/members/{user_id}",
        name: "setRole",
        summary: "Give a member a role; `owner` hands the chat over (owner)",
        auth: "required",
        params: ofMember,
        body: wire.UpdateMember,
        answers: { 200: wire.Member },
        errors: ["not_found", "forbidden", "owner_must_hand_over", "direct_chat_fixed", "chat_inactive"],
        run: async ({ actor, params, body }) =>
          answer(200, await chats.setRole(actor, params.chat_id, params.user_id, body.role)),
      }),
      endpoint({
        method: "put",
        path: "/api/chats/{chat_id}/me",
        name: "updateOwnMembership",
        summary: "My nickname in a chat, and whether it is muted for me",
        auth: "required",
        params: ofChat,
        body: wire.UpdateOwn,
        answers: { 200: wire.Member },
        errors: ["not_found", "chat_inactive"],
        run: async ({ actor, params, body }) =>
          answer(200, await chats.updateOwn(actor, params.chat_id, body)),
      }),
      endpoint({
        method: "delete",
        path: "/api/chats/{chat_id}/members/{user_id}",
        name: "removeMember",
        summary: "Leave (oneself), or remove somebody (an admin members, the owner anyone)",
        auth: "required",
        params: ofMember,
        answers: { 204: null },
        errors: ["not_found", "forbidden", "owner_must_hand_over", "direct_chat_fixed", "chat_inactive"],
        async run({ actor, params }) {
          await chats.removeMember(actor, params.chat_id, params.user_id);
          return answer(204, null);
        },
      }),
    ],
  };
}
