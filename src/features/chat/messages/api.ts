import { z } from "zod";

import type { ErrorCode } from "../../../core/errors.ts";
import { answer, type Command, command, endpoint, type Endpoint } from "../../../feature.ts";
import { beforeParam, id, idParam, limitParam, pathId } from "../../../core/wire.ts";
import * as wire from "./schema.ts";
import { deleteMessage } from "./delete.ts";
import { editMessage } from "./edit.ts";
import { getMessage } from "./get.ts";
import { listMessages } from "./history.ts";
import { sendMessage } from "./send.ts";

// One path serves both: the id is the chat's for GET and POST, the message's for PUT and DELETE.
const path = "/api/messages/{id}";
const ofChat = z.object({ id: pathId("A chat that I am in.") });
const ofOne = z.object({ id: pathId("A message.") });

const afterParam = idParam.optional().meta({ description: "Only what is newer than the one with this id." });

const sealedErrors: ErrorCode[] = ["stale_epoch", "bad_object", "bad_algorithm"];

/** The same over both doors. */
const sendErrors: ErrorCode[] = [
  "not_found",
  "chat_inactive",
  "peer_inactive",
  "client_id_reused",
  "rate_limited",
  "encryption_required",
  "not_encrypted",
  ...sealedErrors,
];
const editErrors: ErrorCode[] = [...sendErrors, "forbidden", "message_deleted"];
const deleteErrors: ErrorCode[] = [
  "not_found",
  "forbidden",
  "chat_inactive",
  "not_encrypted",
  ...sealedErrors,
];

export const messageRoutes: Endpoint[] = [
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
    run: async (kit, { actor, params, query }) =>
      answer(200, await listMessages(kit, actor, params.id, query)),
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
    run: async (kit, { actor, params }) =>
      answer(200, await getMessage(kit, actor, params.chat_id, params.message_id)),
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
    async run(kit, { actor, params, body }) {
      const { message, created } = await sendMessage(kit, actor, { ...body, chatId: params.id });
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
    run: async (kit, { actor, params, body }) => answer(200, await editMessage(kit, actor, params.id, body)),
  }),
  endpoint({
    method: "delete",
    path,
    name: "deleteMessage",
    summary: "Delete a message (`id` is the message's); a tombstone stays",
    auth: "required",
    params: ofOne,
    body: wire.DeleteMessage.optional(),
    answers: { 204: null },
    errors: deleteErrors,
    run: async (kit, { actor, params, body }) =>
      answer(204, await deleteMessage(kit, actor, params.id, body)),
  }),
];

export const messageCommands: Command[] = [
  command({
    type: "send_message",
    summary: "Write into a chat.",
    schema: wire.SendFrame,
    ack: z.object({ message: wire.Message }),
    errors: sendErrors,
    pipelined: true,
    async run(kit, actor, { chat_id, message_type, ...rest }) {
      const { message } = await sendMessage(kit, actor, {
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
    run: async (kit, actor, { message_id, ...rest }) => ({
      message: await editMessage(kit, actor, message_id, rest),
    }),
  }),
  command({
    type: "delete_message",
    summary: "Delete a message; a tombstone stays.",
    schema: wire.DeleteFrame,
    ack: z.object({ message_id: id }),
    errors: deleteErrors,
    async run(kit, actor, { message_id, ...rest }) {
      await deleteMessage(kit, actor, message_id, rest);
      return { message_id };
    },
  }),
];
