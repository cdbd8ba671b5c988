import { z } from "zod";

import { answer, Download, endpoint, type Feature } from "../../core/feature.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { beforeParam, limitParam, pathId } from "../../core/wire.ts";
import * as wire from "./schema.ts";
import type { MediaVerbs } from "./service.ts";

const ofMedia = z.object({ media_id: pathId("A file that I may see.") });
const ofMessage = z.object({ message_id: pathId("A message of mine.") });
const ofChat = z.object({ chat_id: pathId("A chat that I am in.") });

const ofFiles: ErrorCode[] = ["file_too_large", "type_not_allowed", "type_mismatch", "quota_exceeded"];
const ofMessages: ErrorCode[] = [
  "not_found",
  "forbidden",
  "chat_inactive",
  "peer_inactive",
  "message_deleted",
];

export function mediaApi(media: MediaVerbs): Feature {
  return {
    endpoints: [
      endpoint({
        method: "post",
        path: "/api/media/upload",
        name: "uploadMedia",
        summary:
          "Send files ahead of the message that they will be in (`media_ids`); after 24 hours without one they go",
        auth: "required",
        form: wire.UploadForm,
        answers: { 201: wire.Uploaded },
        errors: ofFiles,
        run: async ({ actor, form }) => answer(201, { media: await media.upload(actor, form) }),
      }),
      endpoint({
        method: "post",
        path: "/api/media/upload/{message_id}",
        name: "uploadToMessage",
        summary: "Put files into a message that I wrote",
        auth: "required",
        params: ofMessage,
        form: wire.UploadForm,
        answers: { 201: wire.Uploaded },
        errors: [...ofFiles, ...ofMessages],
        run: async ({ actor, params, form }) =>
          answer(201, { media: await media.upload(actor, form, params.message_id) }),
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
        run: async (call) => new Download(await media.open(call.actor, call.params.media_id, call)),
      }),
      endpoint({
        method: "get",
        path: "/api/media/{media_id}/thumbnail",
        name: "getThumbnail",
        summary: "A picture of it, at most 320 pixels wide and high",
        auth: "required",
        params: ofMedia,
        query: z.object({ v: wire.ThumbnailVersion }),
        file: "image/webp",
        embedded: true,
        answers: {},
        errors: ["not_found", "no_thumbnail", "media_not_ready", "range_not_satisfiable"],
        run: async ({ actor, params, query }) =>
          new Download(await media.openThumbnail(actor, params.media_id, query.v)),
      }),
      endpoint({
        method: "get",
        path: "/api/media/{media_id}/info",
        name: "getMediaInfo",
        summary: "What is known of a file",
        auth: "required",
        params: ofMedia,
        answers: { 200: wire.Media },
        errors: ["not_found"],
        run: async ({ actor, params }) => answer(200, await media.info(actor, params.media_id)),
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
          media_type: wire.MediaType.optional().meta({ description: "Only files of this kind." }),
        }),
        answers: { 200: wire.ChatMedia },
        errors: ["not_found"],
        run: async (call) =>
          answer(200, await media.ofChat(call.actor, call.params.chat_id, call.query, call)),
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
        run: async ({ actor, params }) => answer(204, await media.remove(actor, params.media_id)),
      }),
      endpoint({
        method: "put",
        path: "/api/auth/me/avatar",
        name: "setOwnAvatar",
        summary: "My picture; it is made square",
        auth: "required",
        form: wire.PictureForm,
        answers: { 200: wire.Picture },
        errors: ofFiles,
        run: async ({ actor, form }) => answer(200, { avatar_url: await media.setOwnAvatar(actor, form) }),
      }),
      endpoint({
        method: "put",
        path: "/api/chats/{chat_id}/avatar",
        name: "setChatAvatar",
        summary: "A group's picture; it is made square (admin or owner)",
        auth: "required",
        params: ofChat,
        form: wire.PictureForm,
        answers: { 200: wire.Picture },
        errors: [...ofFiles, "not_found", "forbidden", "direct_chat_fixed", "chat_inactive"],
        run: async ({ actor, params, form }) =>
          answer(200, { avatar_url: await media.setChatAvatar(actor, params.chat_id, form) }),
      }),
      endpoint({
        method: "get",
        path: "/api/avatars/{avatar_id}",
        name: "getAvatar",
        summary: "A picture of a person or a group",
        auth: "required",
        params: z.object({ avatar_id: pathId("The picture, as `avatar_url` has it.") }),
        file: "image/webp",
        embedded: true,
        answers: {},
        errors: ["not_found", "range_not_satisfiable"],
        run: async ({ actor, params }) => new Download(await media.openAvatar(actor, params.avatar_id)),
      }),
    ],
  };
}
