import { z } from "zod";

import { pathId } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import { giveGrant } from "./give.ts";
import { listGrants } from "./list.ts";
import * as wire from "./schema.ts";

const path = "/api/chats/{chat_id}/encryption/grants";
const params = z.object({ chat_id: pathId("An encrypted chat that I am in.") });

export const grantRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path,
    name: "listGrants",
    summary: "Keys of earlier epochs that others have handed to me, the newest first",
    auth: "required",
    params,
    answers: { 200: wire.Grants },
    errors: ["not_found"],
    run: async (kit, call) => answer(200, { grants: await listGrants(kit, call.actor, call.params.chat_id) }),
  }),
  endpoint({
    method: "post",
    path,
    name: "giveGrant",
    summary:
      "Hand somebody in the chat keys of earlier epochs, in place of what I have handed to them before",
    auth: "required",
    params,
    body: wire.GiveGrant,
    answers: { 201: wire.Grant },
    errors: ["not_found", "not_encrypted", "bad_object", "bad_algorithm"],
    run: async (kit, call) => answer(201, await giveGrant(kit, call.actor, call.params.chat_id, call.body)),
  }),
];
