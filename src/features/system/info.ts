import type { z } from "zod";

import type { Kit } from "../../kit.ts";
import { serverId } from "../encryption/index.ts";
import { channelsOn } from "../push/index.ts";
import { limitsOf } from "./limits.ts";
import type { Info } from "./schema.ts";

/** About this server. */
export async function getInfo(kit: Kit): Promise<z.infer<typeof Info>> {
  return {
    id: await serverId(kit),
    name: "Parley",
    ...kit.release,
    features: kit.features.flatMap((one) => one.offers ?? []),
    registration: kit.settings.registration,
    limits: limitsOf(kit.settings),
    push: { channels: channelsOn(kit) },
    docs: {
      html: "/docs",
      redoc: "/redoc",
      openapi: "/openapi.json",
      asyncapi: "/asyncapi.json",
      asyncapi_html: "/asyncapi",
    },
    websocket: "/ws",
  };
}
