import { z } from "zod";

import type { ErrorCode } from "../../core/errors.ts";
import { pathId } from "../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../feature.ts";
import { Message } from "../chat/index.ts";
import { addReaction } from "./add.ts";
import { emoji } from "./emoji.ts";
import { listReactions } from "./list.ts";
import { removeReaction } from "./remove.ts";
import { Reactions } from "./schema.ts";

const path = "/api/messages/{message_id}/reactions";
const ofMessage = z.object({ message_id: pathId("A message of a chat that I am in.") });
const ofOne = ofMessage.extend({ emoji });

const errors: ErrorCode[] = [
  "not_found",
  "chat_inactive",
  "peer_inactive",
  "message_deleted",
  "rate_limited",
];

export const reactionRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path,
    name: "listReactions",
    summary: "Everybody who reacted to a message",
    auth: "required",
    params: ofMessage,
    answers: { 200: Reactions },
    errors: ["not_found"],
    run: async (kit, { actor, params }) => answer(200, await listReactions(kit, actor, params.message_id)),
  }),
  endpoint({
    method: "put",
    path: `${path}/{emoji}`,
    name: "addReaction",
    summary: "React to a message; again changes nothing",
    auth: "required",
    params: ofOne,
    answers: { 200: Message },
    errors: [...errors, "too_many_reactions"],
    run: async (kit, { actor, params }) =>
      answer(200, await addReaction(kit, actor, params.message_id, params.emoji)),
  }),
  endpoint({
    method: "delete",
    path: `${path}/{emoji}`,
    name: "removeReaction",
    summary: "Take a reaction back; one that is not there is fine",
    auth: "required",
    params: ofOne,
    answers: { 200: Message },
    errors,
    run: async (kit, { actor, params }) =>
      answer(200, await removeReaction(kit, actor, params.message_id, params.emoji)),
  }),
];
