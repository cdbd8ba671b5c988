import { z } from "zod";

import type { ErrorCode } from "../../../core/errors.ts";
import { cursorParam, limitParam, pathId } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { addMember } from "./add.ts";
import { listMembers } from "./list.ts";
import { removeMember } from "./remove.ts";
import * as wire from "./schema.ts";
import { setRole } from "./set-role.ts";
import { updateOwnMembership } from "./update-own.ts";

const chat_id = pathId("A chat that I am in.");
const ofChat = z.object({ chat_id });
const ofMember = z.object({ chat_id, user_id: pathId("A member of the chat.") });
const page = z.object({ limit: limitParam, cursor: cursorParam });

/** Of a change that may have to be signed. */
const ofSigned: ErrorCode[] = ["not_encrypted", "membership_conflict", "bad_object", "bad_algorithm"];

export const memberRoutes: Endpoint[] = [
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
    run: async (kit, { actor, params, query }) =>
      answer(200, await listMembers(kit, actor, params.chat_id, query)),
  }),
  endpoint({
    method: "post",
    path: "/api/chats/{chat_id}/members",
    name: "addMember",
    summary:
      "Add somebody to a group (admin or owner; an admin by the owner), or let somebody into an encrypted chat again",
    auth: "required",
    params: ofChat,
    body: wire.AddMember,
    answers: { 201: wire.Member },
    errors: [
      "not_found",
      "forbidden",
      "already_member",
      "direct_chat_fixed",
      "chat_inactive",
      "signature_required",
      "member_without_key",
      ...ofSigned,
    ],
    run: async (kit, { actor, params, body }) =>
      answer(201, await addMember(kit, actor, params.chat_id, body)),
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
    errors: [
      "not_found",
      "forbidden",
      "owner_must_hand_over",
      "direct_chat_fixed",
      "chat_inactive",
      "signature_required",
      ...ofSigned,
    ],
    run: async (kit, { actor, params, body }) =>
      answer(200, await setRole(kit, actor, params.chat_id, { userId: params.user_id, ...body })),
  }),
  endpoint({
    method: "put",
    path: "/api/chats/{chat_id}/me",
    name: "updateOwnMembership",
    summary: "My nickname in a chat, and what I am told of there",
    auth: "required",
    params: ofChat,
    body: wire.UpdateOwn,
    answers: { 200: wire.Member },
    errors: ["not_found", "chat_inactive"],
    run: async (kit, { actor, params, body }) =>
      answer(200, await updateOwnMembership(kit, actor, params.chat_id, body)),
  }),
  endpoint({
    method: "delete",
    path: "/api/chats/{chat_id}/members/{user_id}",
    name: "removeMember",
    summary: "Leave (oneself), or remove somebody (an admin members, the owner anyone)",
    auth: "required",
    params: ofMember,
    body: wire.RemoveMember.optional(),
    answers: { 204: null },
    errors: [
      "not_found",
      "forbidden",
      "owner_must_hand_over",
      "direct_chat_fixed",
      "chat_inactive",
      ...ofSigned,
    ],
    async run(kit, { actor, params, body }) {
      await removeMember(kit, actor, params.chat_id, params.user_id, body?.signed);
      return answer(204, null);
    },
  }),
];
