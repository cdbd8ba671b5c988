import { z } from "zod";

import { beforeParam, limitParam, pathId } from "../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../feature.ts";
import { countUnread } from "./lists/count.ts";
import { listMentions } from "./lists/mentions.ts";
import { listNotifications } from "./lists/notifications.ts";
import { markAllRead } from "./reading/mark-all-read.ts";
import { markMentionRead } from "./reading/mark-mention-read.ts";
import { markRead } from "./reading/mark-read.ts";
import * as wire from "./schema.ts";

export const notificationRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path: "/api/notifications",
    name: "listNotifications",
    summary: "What I was told of",
    auth: "required",
    query: z.object({
      limit: limitParam,
      before: beforeParam,
      unread: wire.flagParam.meta({ description: "Only what I have not read." }),
    }),
    answers: { 200: wire.Notifications },
    run: async (kit, { actor, query }) => answer(200, await listNotifications(kit, actor, query)),
  }),
  endpoint({
    method: "get",
    path: "/api/notifications/mentions",
    name: "listMentions",
    summary: "Where I was mentioned in what I have not read",
    auth: "required",
    query: z.object({ limit: limitParam, before: beforeParam }),
    answers: { 200: wire.Mentions },
    run: async (kit, { actor, query }) => answer(200, await listMentions(kit, actor, query)),
  }),
  endpoint({
    method: "get",
    path: "/api/notifications/count",
    name: "countUnread",
    summary: "How much I have not read",
    auth: "required",
    answers: { 200: wire.Counts },
    run: async (kit, { actor }) => answer(200, await countUnread(kit, actor)),
  }),
  endpoint({
    method: "post",
    path: "/api/notifications/{notification_id}/read",
    name: "markNotificationRead",
    summary: "I have read a notification, and the mention that it tells of",
    auth: "required",
    params: z.object({ notification_id: pathId("A notification of mine.") }),
    answers: { 204: null },
    errors: ["not_found"],
    run: async (kit, { actor, params }) => answer(204, await markRead(kit, actor, params.notification_id)),
  }),
  endpoint({
    method: "post",
    path: "/api/notifications/mentions/{mention_id}/read",
    name: "markMentionRead",
    summary: "I have read a mention, and its notification",
    auth: "required",
    params: z.object({ mention_id: pathId("A mention of me.") }),
    answers: { 204: null },
    errors: ["not_found"],
    run: async (kit, { actor, params }) => answer(204, await markMentionRead(kit, actor, params.mention_id)),
  }),
  endpoint({
    method: "post",
    path: "/api/notifications/read-all",
    name: "markAllRead",
    summary: "I have read all notifications and mentions; the chats' messages stay unread",
    auth: "required",
    answers: { 204: null },
    run: async (kit, { actor }) => answer(204, await markAllRead(kit, actor)),
  }),
];
