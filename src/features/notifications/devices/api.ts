import { z } from "zod";

import { pathId } from "../../../core/wire.ts";
import { answer, endpoint, type Endpoint } from "../../../feature.ts";
import * as wire from "../schema.ts";
import { registerDevice } from "./register.ts";
import { removeDevice } from "./remove.ts";

export const deviceRoutes: Endpoint[] = [
  endpoint({
    method: "post",
    path: "/api/auth/device-token",
    name: "registerDevice",
    summary: "Reach this session's device by a token, until the session ends",
    auth: "required",
    body: wire.RegisterDevice,
    answers: { 200: wire.Device },
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
    run: async (kit, { actor, params }) => answer(204, await removeDevice(kit, actor, params.device_id)),
  }),
];
