import { z } from "zod";

import { id } from "../../../core/wire.ts";
import { audienceId, defineEvent } from "../../../events/event.ts";
import { dueAmong } from "./store.ts";
import { EpochReason } from "./schema.ts";

/** `ref` is the number of the epoch. */
export const encryptionEpoch = defineEvent({
  type: "encryption_epoch",
  summary: "An encrypted chat has another epoch: messages are under its key from now on.",
  schema: z.object({ chat_id: id, n: id.meta({ description: "Its number." }) }),
  load: async (_, happened) =>
    happened.map(({ audience, ref }) => ({ chat_id: audienceId(audience), n: ref })),
});

/** Told again as long as it is so. */
export const encryptionRekeyRequired = defineEvent({
  type: "encryption_rekey_required",
  summary: "Another epoch has to begin before the next message: who is to read it has changed.",
  schema: z.object({ chat_id: id, reason: EpochReason }),
  async load(read, happened) {
    const ids = happened.map((one) => audienceId(one.audience));
    const due = new Map((await dueAmong(read, new Set(ids))).map((row) => [row.chatId, row.due]));
    return ids.map((chatId) => {
      const reason = due.get(chatId) ?? undefined;
      return reason && { chat_id: chatId, reason };
    });
  },
});
