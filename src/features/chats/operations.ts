/** What the operator may do about chats. */
import { z } from "zod";

import { operation } from "../../core/feature.ts";
import { idParam } from "../../core/wire.ts";
import { createSuccession, type SuccessionDeps } from "./succession.ts";

export const chatChanges = [
  operation({
    name: "chat transfer",
    schema: z.object({ chat_id: idParam, username: z.string() }),
    run: (kit: SuccessionDeps, input) => createSuccession(kit).transfer(input.chat_id, input.username),
  }),
];
