import { z } from "zod";

import { beforeParam, cursorParam, idParam, limitParam } from "../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../feature.ts";
import { SentType } from "../chat/index.ts";
import * as wire from "./schema.ts";
import { searchMessages } from "./search.ts";

export const routes: Endpoint[] = [
  endpoint({
    method: "get",
    path: "/api/messages/search",
    name: "searchMessages",
    summary: "Messages of my chats that have all these words, newest first",
    auth: "required",
    query: z.object({
      q: wire.SearchWords.meta({
        description: "Words, all of which have to be found.",
        param: { example: "hello" },
      }),
      chat_id: idParam.optional().meta({ description: "Only in this chat." }),
      sender_id: idParam.optional().meta({ description: "Only what this person wrote." }),
      content_type: SentType.optional().meta({ description: "Only messages of this kind." }),
      after: idParam.optional().meta({ description: "Only what is newer than the one with this id." }),
      before: beforeParam,
      limit: limitParam,
      cursor: cursorParam,
    }),
    answers: { 200: wire.SearchResults },
    errors: ["not_found"],
    run: async (kit, { actor, query, gone }) => answer(200, await searchMessages(kit, actor, query, gone)),
  }),
];
