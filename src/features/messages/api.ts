import { z } from "zod";

import type { ErrorCode } from "../../core/errors.ts";
import { answer, command, endpoint, type Feature } from "../../core/feature.ts";
import { beforeParam, cursorParam, id, idParam, limitParam, pathId } from "../../core/wire.ts";
import * as wire from "./schema.ts";
import type { Search } from "./search.ts";
import type { Messages } from "./service.ts";

// One path serves both: the id is the chat's for GET and POST, the message's for PUT and DELETE.
const path = "/api/messages/{id}";
const ofChat = z.object({ id: pathId("A chat that I am in.") });
const ofOne = z.object({ id: pathId("A message.") });
const ofMessage = z.object({ message_id: pathId("A message in a chat that I am in.") });

const afterParam = idParam.optional().meta({ description: "Only what is newer than the one with this id." });

/** The same over both doors. */
const sendErrors: ErrorCode[] = [
  "not_found",
  "chat_inactive",
  "peer_inactive",
  "client_id_reused",
  "rate_limited",
];
const editErrors: ErrorCode[] = [...sendErrors, "forbidden", "message_deleted"];

export function messagesApi(messages: Messages, { search }: Search): Feature {
  const marking = (type: string, kind: "read" | "delivered", summary: string) =>
    command({
      type,
      summary,
      schema: wire.MarkFrame,
      ack: wire.Receipt,
      errors: ["not_found"],
      pipelined: "merged",
      run: (actor, { chat_id, message_id }) =>
        messages.mark(actor, { kind, messageId: message_id, chatId: chat_id }),
    });
  return {
    endpoints: [
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
          content_type: wire.SentType.optional().meta({ description: "Only messages of this kind." }),
          after: afterParam,
          before: beforeParam,
          limit: limitParam,
          cursor: cursorParam,
        }),
        answers: { 200: wire.SearchResults },
        errors: ["not_found"],
        run: async ({ actor, query, gone }) => answer(200, await search(actor, query, gone)),
      }),
      endpoint({
        method: "get",
        path,
        name: "listMessages",
        summary: "A page of a chat: the newest, or by an anchor (`id` is the chat's)",
        auth: "required",
        params: ofChat,
        query: z.object({
          limit: limitParam,
          before: beforeParam,
          after: afterParam,
          around: idParam
            .optional()
            .meta({ description: "The message with this id, with those before and after it." }),
        }),
        answers: { 200: wire.History },
        errors: ["not_found"],
        run: async ({ actor, params, query }) => answer(200, await messages.history(actor, params.id, query)),
      }),
      endpoint({
        method: "get",
        path: "/api/chats/{chat_id}/messages/{message_id}",
        name: "getMessage",
        summary: "One message of a chat, as it is now",
        auth: "required",
        params: z.object({ chat_id: pathId("A chat that I am in."), message_id: pathId("A message in it.") }),
        answers: { 200: wire.Message },
        errors: ["not_found"],
        run: async ({ actor, params }) =>
          answer(200, await messages.get(actor, params.chat_id, params.message_id)),
      }),
      endpoint({
        method: "post",
        path,
        name: "sendMessage",
        summary: "Write into a chat (`id` is the chat's); 200 when this `client_id` was there already",
        auth: "required",
        params: ofChat,
        body: wire.SendMessage,
        answers: { 201: wire.Message, 200: wire.Message },
        errors: sendErrors,
        async run({ actor, params, body }) {
          const { message, created } = await messages.send(actor, { ...body, chatId: params.id });
          return answer(created ? 201 : 200, message);
        },
      }),
      endpoint({
        method: "put",
        path,
        name: "editMessage",
        summary: "Change what I wrote (`id` is the message's)",
        auth: "required",
        params: ofOne,
        body: wire.EditMessage,
        answers: { 200: wire.Message },
        errors: editErrors,
        run: async ({ actor, params, body }) => answer(200, await messages.edit(actor, params.id, body)),
      }),
      endpoint({
        method: "delete",
        path,
        name: "deleteMessage",
        summary: "Delete a message (`id` is the message's); a tombstone stays",
        auth: "required",
        params: ofOne,
        answers: { 204: null },
        errors: ["not_found", "forbidden", "chat_inactive"],
        run: async ({ actor, params }) => answer(204, await messages.remove(actor, params.id)),
      }),
      endpoint({
        method: "post",
        path: "/api/messages/{message_id}/read",
        name: "markRead",
        summary: "I have read a chat up to and including this message",
        auth: "required",
        params: ofMessage,
        answers: { 200: wire.Receipt },
        errors: ["not_found"],
        run: async ({ actor, params }) =>
          answer(200, await messages.mark(actor, { kind: "read", messageId: params.message_id })),
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
        run: async ({ actor, params }) =>
          answer(200, await messages.mark(actor, { kind: "delivered", messageId: params.message_id })),
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
        run: async ({ actor, params }) => answer(200, await messages.receipts(actor, params.message_id)),
      }),
    ],
    commands: [
      marking("message_read", "read", "I have read a chat up to and including this message."),
      marking("message_delivered", "delivered", "I have received a chat up to and including this message."),
      command({
        type: "send_message",
        summary: "Write into a chat.",
        schema: wire.SendFrame,
        ack: z.object({ message: wire.Message }),
        errors: sendErrors,
        pipelined: true,
        async run(actor, { chat_id, message_type, ...rest }) {
          const { message } = await messages.send(actor, {
            ...rest,
            chatId: chat_id,
            content_type: message_type,
          });
          return { message };
        },
      }),
      command({
        type: "edit_message",
        summary: "Change what I wrote.",
        schema: wire.EditFrame,
        ack: z.object({ message: wire.Message }),
        errors: editErrors,
        run: async (actor, { message_id, ...rest }) => ({
          message: await messages.edit(actor, message_id, rest),
        }),
      }),
      command({
        type: "delete_message",
        summary: "Delete a message; a tombstone stays.",
        schema: wire.DeleteFrame,
        ack: z.object({ message_id: id }),
        errors: ["not_found", "forbidden", "chat_inactive"],
        async run(actor, { message_id }) {
          await messages.remove(actor, message_id);
          return { message_id };
        },
      }),
    ],
  };
}
