import { z } from "zod";

import { pathId } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import * as wire from "../schema.ts";
import { registerDevice } from "./register.ts";
import { removeDevice } from "./remove.ts";
import { subscribe } from "./subscribe.ts";
import { testDevices } from "./send-test.ts";

export const deviceRoutes: Endpoint[] = [
  endpoint({
    method: "post",
    path: "/api/auth/device-token",
    name: "registerDevice",
    summary: "Reach this session's device by a token, until the session ends",
    auth: "required",
    body: wire.RegisterDevice,
    answers: { 200: wire.Device },
    errors: ["rate_limited"],
    run: async (kit, { actor, body }) => answer(200, await registerDevice(kit, actor, body)),
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
    run: async (kit, { actor, params }) =>
      answer(204, await removeDevice(kit, actor, "fcm", params.device_id)),
  }),
  endpoint({
    method: "get",
    path: "/api/notifications/web-push-key",
    name: "getWebPushKey",
    summary: "The key with which a browser or UnifiedPush distributor subscribes",
    auth: "required",
    answers: { 200: wire.WebPushKey },
    run: (kit) => answer(200, { key: kit.push.webPush.publicKey }),
  }),
  endpoint({
    method: "post",
    path: "/api/notifications/web-push-subscriptions",
    name: "subscribeToPush",
    summary: "Reach this session's browser or UnifiedPush distributor, until the session ends",
    auth: "required",
    body: wire.Subscribe,
    answers: { 200: wire.Device },
    errors: ["rate_limited"],
    run: async (kit, { actor, body }) => answer(200, await subscribe(kit, actor, body)),
  }),
  endpoint({
    method: "delete",
    path: "/api/notifications/web-push-subscriptions/{subscription_id}",
    name: "unsubscribeFromPush",
    summary: "Forget a subscription",
    auth: "required",
    params: z.object({ subscription_id: pathId("A subscription of mine.") }),
    answers: { 204: null },
    errors: ["not_found"],
    run: async (kit, { actor, params }) =>
      answer(204, await removeDevice(kit, actor, "web_push", params.subscription_id)),
  }),
  endpoint({
    method: "post",
    path: "/api/notifications/test",
    name: "testPush",
    summary: "Push something to all my devices, and hear what becomes of it",
    auth: "required",
    answers: { 200: wire.PushTest },
    errors: ["rate_limited"],
    run: async (kit, { actor }) => answer(200, await testDevices(kit, actor)),
  }),
];
