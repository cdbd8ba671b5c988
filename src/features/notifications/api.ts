import { z } from "zod";

import { answer, endpoint, type Feature } from "../../core/feature.ts";
import { beforeParam, limitParam, pathId } from "../../core/wire.ts";
import * as wire from "./schema.ts";
import type { Notifications } from "./service.ts";

export function notificationsApi(notifications: Notifications): Feature {
  return {
    endpoints: [
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
        run: async ({ actor, query }) => answer(200, await notifications.list(actor, query)),
      }),
      endpoint({
        method: "get",
        path: "/api/notifications/mentions",
        name: "listMentions",
        summary: "Where I was mentioned in what I have not read",
        auth: "required",
        query: z.object({ limit: limitParam, before: beforeParam }),
        answers: { 200: wire.Mentions },
        run: async ({ actor, query }) => answer(200, await notifications.mentions(actor, query)),
      }),
      endpoint({
        method: "get",
        path: "/api/notifications/count",
        name: "countUnread",
        summary: "How much I have not read",
        auth: "required",
        answers: { 200: wire.Counts },
        run: async ({ actor }) => answer(200, await notifications.count(actor)),
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
        run: async ({ actor, params }) =>
          answer(204, await notifications.markRead(actor, params.notification_id)),
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
        run: async ({ actor, params }) =>
          answer(204, await notifications.markMentionRead(actor, params.mention_id)),
      }),
      endpoint({
        method: "post",
        path: "/api/notifications/read-all",
        name: "markAllRead",
        summary: "I have read all notifications and mentions; the chats' messages stay unread",
        auth: "required",
        answers: { 204: null },
        run: async ({ actor }) => answer(204, await notifications.markAllRead(actor)),
      }),
      endpoint({
        method: "post",
        path: "/api/auth/device-token",
        name: "registerDevice",
        summary: "Reach this session's device by a token, until the session ends",
        auth: "required",
        body: wire.RegisterDevice,
        answers: { 200: wire.Device },
        run: async ({ actor, body }) => answer(200, await notifications.registerDevice(actor, body)),
      }),
      endpoint({
        method: "delete",
        path: "/api/auth/device-token/{device_id}",
        name: "removeDevice",
        summary: "Forget a device's token",
        auth: "required",
        params: z.object({ device_id: pathId("A device of mine.") }),
        answers: { 204: null },
        errors: ["not_found"],
        run: async ({ actor, params }) =>
          answer(204, await notifications.removeDevice(actor, params.device_id)),
      }),
    ],
  };
}
