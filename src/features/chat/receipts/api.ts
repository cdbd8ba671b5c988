import { z } from "zod";

import { pathId } from "../../../core/wire.ts";
import { answer, type Command, command, endpoint, type Endpoint } from "../../../feature.ts";
import { listReceipts } from "./list.ts";
import { mark } from "./mark.ts";
import type { Kind } from "./markers-store.ts";
import * as wire from "./schema.ts";

const ofMessage = z.object({ message_id: pathId("A message in a chat that I am in.") });

export const receiptRoutes: Endpoint[] = [
  endpoint({
    method: "post",
    path: "/api/messages/{message_id}/read",
    name: "markRead",
    summary: "I have read a chat up to and including this message",
    auth: "required",
    params: ofMessage,
    answers: { 200: wire.Receipt },
    errors: ["not_found"],
    run: async (kit, { actor, params }) =>
      answer(200, await mark(kit, actor, { kind: "read", messageId: params.message_id })),
  }),
  endpoint({
    method: "post",
    path: "/api/messages/{message_id}/delivered",
    name: "markDelivered",
    summary: "I have received a chat up to and including this message",
    auth: "required",
    params: ofMessage,
    answers: { 200: wire.Receipt },
    errors: ["not_found"],
    run: async (kit, { actor, params }) =>
      answer(200, await mark(kit, actor, { kind: "delivered", messageId: params.message_id })),
  }),
  endpoint({
    method: "get",
    path: "/api/messages/{message_id}/receipts",
    name: "getReceipts",
    summary: "Who has received and read a message",
    auth: "required",
    params: ofMessage,
    answers: { 200: wire.Receipts },
    errors: ["not_found"],
    run: async (kit, { actor, params }) => answer(200, await listReceipts(kit, actor, params.message_id)),
  }),
];

const marking = (type: string, kind: Kind, summary: string) =>
  command({
    type,
    summary,
    schema: wire.MarkFrame,
    ack: wire.Receipt,
    errors: ["not_found"],
    pipelined: "merged",
    run: (kit, actor, { chat_id, message_id }) =>
      mark(kit, actor, { kind, messageId: message_id, chatId: chat_id }),
  });

export const receiptCommands: Command[] = [
  marking("message_read", "read", "I have read a chat up to and including this message."),
  marking("message_delivered", "delivered", "I have received a chat up to and including this message."),
];
