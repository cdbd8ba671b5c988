import { z } from "zod";

import type { ErrorCode } from "../../../core/errors.ts";
import { beforeParam, limitParam, pathId } from "../../../core/wire.ts";
import { answer, Download, endpoint, type Endpoint } from "../../../feature.ts";
import { Media, MediaType, Uploaded, uploadErrors, UploadForm } from "../../files/index.ts";
import { mediaInfo } from "./info.ts";
import { listMedia } from "./list.ts";
import { openThumbnail } from "./open-thumbnail.ts";
import { openMedia } from "./open.ts";
import { removeMedia } from "./remove.ts";
import { ChatMedia, ThumbnailVersion } from "./schema.ts";
import { uploadToMessage } from "./upload.ts";

const ofMedia = z.object({ media_id: pathId("A file that I may see.") });
const ofMessage = z.object({ message_id: pathId("A message of mine.") });
const ofChat = z.object({ chat_id: pathId("A chat that I am in.") });

const messageErrors: ErrorCode[] = [
  "not_found",
  "forbidden",
  "chat_inactive",
  "peer_inactive",
  "message_deleted",
  "encryption_required",
  "not_encrypted",
];

export const attachmentRoutes: Endpoint[] = [
  endpoint({
    method: "post",
    path: "/api/media/upload/{message_id}",
    name: "uploadToMessage",
    summary: "Put files into a message that I wrote",
    auth: "required",
    params: ofMessage,
    form: UploadForm,
    answers: { 201: Uploaded },
    errors: [...uploadErrors, ...messageErrors],
    run: async (kit, { actor, params, form }) =>
      answer(201, { media: await uploadToMessage(kit, actor, params.message_id, form) }),
  }),
  endpoint({
    method: "get",
    path: "/api/media/{media_id}",
    name: "getMedia",
    summary: "The file itself, whole or in part; for what is just being looked at it waits a while",
    auth: "required",
    params: ofMedia,
    file: "*/*",
    embedded: true,
    answers: {},
    errors: ["not_found", "forbidden", "media_not_ready", "range_not_satisfiable"],
    run: async (kit, call) => new Download(await openMedia(kit, call.actor, call.params.media_id, call)),
  }),
  endpoint({
    method: "get",
    path: "/api/media/{media_id}/thumbnail",
    name: "getThumbnail",
    summary: "A picture of it, at most 320 pixels wide and high",
    auth: "required",
    params: ofMedia,
    query: z.object({ v: ThumbnailVersion }),
    file: "image/webp",
    embedded: true,
    answers: {},
    errors: ["not_found", "no_thumbnail", "media_not_ready", "range_not_satisfiable"],
    run: async (kit, { actor, params, query }) =>
      new Download(await openThumbnail(kit, actor, params.media_id, query.v)),
  }),
  endpoint({
    method: "get",
    path: "/api/media/{media_id}/info",
    name: "getMediaInfo",
    summary: "What is known of a file",
    auth: "required",
    params: ofMedia,
    answers: { 200: Media },
    errors: ["not_found"],
    run: async (kit, { actor, params }) => answer(200, await mediaInfo(kit, actor, params.media_id)),
  }),
  endpoint({
    method: "get",
    path: "/api/chats/{chat_id}/media",
    name: "listChatMedia",
    summary: "The files of a chat, newest first",
    auth: "required",
    params: ofChat,
    query: z.object({
      limit: limitParam,
      before: beforeParam,
      media_type: MediaType.optional().meta({ description: "Only files of this kind." }),
    }),
    answers: { 200: ChatMedia },
    errors: ["not_found"],
    run: async (kit, { actor, params, query, gone }) =>
      answer(200, await listMedia(kit, actor, params.chat_id, query, gone)),
  }),
  endpoint({
    method: "delete",
    path: "/api/media/{media_id}",
    name: "deleteMedia",
    summary: "Take a file away (its uploader, or an admin of the group)",
    auth: "required",
    params: ofMedia,
    answers: { 204: null },
    errors: ["not_found", "forbidden", "chat_inactive"],
    run: async (kit, { actor, params }) => answer(204, await removeMedia(kit, actor, params.media_id)),
  }),
];
