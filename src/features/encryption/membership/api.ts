import { z } from "zod";

import { pathId } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { EncryptionState } from "../epochs/schema.ts";
import { getEncryption } from "../epochs/state.ts";
import * as wire from "./schema.ts";
import { signChat } from "./sign.ts";
import { getSteps } from "./steps.ts";

const path = "/api/chats/{chat_id}/encryption";
const params = z.object({ chat_id: pathId("A chat that I am in.") });

export const membershipRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path,
    name: "getEncryption",
    summary: "Whether a chat is encrypted, and who its next epoch has to be for",
    auth: "required",
    params,
    answers: { 200: EncryptionState },
    errors: ["not_found"],
    run: async (kit, call) => answer(200, await getEncryption(kit, call.actor, call.params.chat_id)),
  }),
  endpoint({
    method: "post",
    path,
    name: "signChat",
    summary: "Turn encryption on, for good (201), or change what newcomers may be shown (200)",
    auth: "required",
    params,
    body: wire.SignChat,
    answers: { 200: EncryptionState, 201: EncryptionState },
    errors: [
      "not_found",
      "chat_inactive",
      "peer_inactive",
      "membership_conflict",
      "member_without_key",
      "bad_object",
      "bad_algorithm",
    ],
    async run(kit, call) {
      const { isCreated, state } = await signChat(kit, call.actor, call.params.chat_id, call.body.signed);
      return isCreated ? answer(201, state) : answer(200, state);
    },
  }),
  endpoint({
    method: "get",
    path: `${path}/members`,
    name: "getMembershipSteps",
    summary: "The membership chain of an encrypted chat: signed steps that say who is in it",
    auth: "required",
    params,
    query: wire.StepsQuery,
    answers: { 200: wire.MembershipSteps },
    errors: ["not_found"],
    run: async (kit, call) =>
      answer(200, await getSteps(kit, call.actor, call.params.chat_id, call.query.since)),
  }),
];
