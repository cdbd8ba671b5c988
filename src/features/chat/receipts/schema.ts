import { z } from "zod";

import { id } from "../../../core/wire.ts";

/** Up to and including `message_id`. */
export const MarkFrame = z.object({ chat_id: id, message_id: id });

export const Receipt = z
  .object({
    chat_id: id,
    last_read_message_id: id.nullable(),
    last_delivered_message_id: id.nullable(),
    unread_count: z.int().min(0),
  })
  .meta({ id: "Receipt", description: "How far I have come in a chat." });
export type Receipt = z.infer<typeof Receipt>;

export const Receipts = z
  .object({
    message_id: id,
    delivered: z.array(id).meta({ description: "Who has received it, those who have read it included." }),
    read: z.array(id),
  })
  .meta({ id: "Receipts", description: "Ids of those who were there, without the sender." });
export type Receipts = z.infer<typeof Receipts>;
