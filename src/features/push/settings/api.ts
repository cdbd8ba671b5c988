import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import * as wire from "../schema.ts";
import { getSettings } from "./get.ts";
import { updateSettings } from "./update.ts";

export const settingsRoutes: Endpoint[] = [
  endpoint({
    method: "get",
    path: "/api/notifications/settings",
    name: "getPushSettings",
    summary: "What I want of push, on all my devices",
    auth: "required",
    answers: { 200: wire.PushSettings },
    run: async (kit, { actor }) => answer(200, await getSettings(kit, actor)),
  }),
  endpoint({
    method: "put",
    path: "/api/notifications/settings",
    name: "updatePushSettings",
    summary: "Choose what pushes say, and when there are none",
    auth: "required",
    body: wire.UpdatePushSettings,
    answers: { 200: wire.PushSettings },
    run: async (kit, { actor, body }) => answer(200, await updateSettings(kit, actor, body)),
  }),
];
