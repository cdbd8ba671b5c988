/** What the operator may do about chats. */
import { z } from "zod";

import { idParam } from "../../../core/wire.ts";
import { operation, type OperatorKit } from "../../../feature.ts";
import { transferChat } from "./transfer.ts";

export const chatChanges = [
  operation({
    name: "chat transfer",
    schema: z.object({ chat_id: idParam, username: z.string() }),
    run: (kit: OperatorKit, input) => transferChat(kit, input.chat_id, input.username),
  }),
];
