import { z } from "zod";

import { pathId } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { beginEpoch } from "./begin.ts";
import { listEpochs } from "./list.ts";
import * as wire from "./schema.ts";

const path = "/api/chats/{chat_id}/encryption/epochs";
const params = z.object({ chat_id: pathId("An encrypted chat that I am in.") });

export const epochRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path,
    name: "listEpochs",
    summary: "The epochs of an encrypted chat, each with its key for me",
    auth: "required",
    params,
    query: wire.EpochsQuery,
    answers: { 200: wire.Epochs },
    errors: ["not_found"],
    run: async (kit, call) => answer(200, await listEpochs(kit, call.actor, call.params.chat_id, call.query)),
  }),
  endpoint({
    method: "post",
    path,
    name: "beginEpoch",
    summary: "Begin the next epoch, with a key for everybody in the roster",
    auth: "required",
    params,
    body: wire.BeginEpoch,
    answers: { 201: wire.BegunEpoch },
    errors: [
      "not_found",
      "not_encrypted",
      "chat_inactive",
      "peer_inactive",
      "epoch_conflict",
      "epoch_not_due",
      "roster_mismatch",
      "duplicate_recipient",
      "bad_object",
      "bad_algorithm",
    ],
    run: async (kit, call) =>
      answer(201, { n: await beginEpoch(kit, call.actor, call.params.chat_id, call.body) }),
  }),
];
