import { z } from "zod";

import { pathId } from "../../../core/wire.ts";
import { answer, Download, endpoint, type Endpoint } from "../../../feature.ts";
import { uploadErrors } from "../../files/index.ts";
import { openAvatar } from "./open.ts";
import { Picture, PictureForm } from "./schema.ts";
import { setChatAvatar } from "./set-of-chat.ts";
import { setOwnAvatar } from "./set-own.ts";

export const avatarRoutes: Endpoint[] = [
  endpoint({
    method: "put",
    path: "/api/auth/me/avatar",
    name: "setOwnAvatar",
    summary: "My picture; it is made square",
    auth: "required",
    form: PictureForm,
    answers: { 200: Picture },
    errors: uploadErrors,
    run: async (kit, { actor, form }) => answer(200, { avatar_url: await setOwnAvatar(kit, actor, form) }),
  }),
  endpoint({
    method: "put",
    path: "/api/chats/{chat_id}/avatar",
    name: "setChatAvatar",
    summary: "A group's picture; it is made square (admin or owner)",
    auth: "required",
    params: z.object({ chat_id: pathId("A chat that I am in.") }),
    form: PictureForm,
    answers: { 200: Picture },
    errors: [...uploadErrors, "not_found", "forbidden", "direct_chat_fixed", "chat_inactive"],
    run: async (kit, { actor, params, form }) =>
      answer(200, { avatar_url: await setChatAvatar(kit, actor, params.chat_id, form) }),
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
    run: async (kit, { actor, params }) => new Download(await openAvatar(kit, actor, params.avatar_id)),
  }),
];
