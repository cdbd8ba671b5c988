import type { z } from "zod";

import { type Kit, perKit } from "../../kit.ts";
import type { Health } from "./schema.ts";

/** When this server was put together, in monotonic milliseconds. */
export const startedAt = perKit((kit: Kit) => kit.clock.monotonic());

/** Whether the server can do its work. Waits for nothing: it answers while the disk is slow. */
export function getHealth(kit: Kit): z.infer<typeof Health> {
  const database = kit.db.healthy() ? "ok" : "failing";
  const background = kit.jobs.some((one) => one.isRetrying) ? "retrying" : "ok";
  const own = Object.assign({}, ...kit.features.map((one) => one.health?.(kit)));
  return {
    status: database,
    version: kit.release.version,
    uptime_s: Math.floor((kit.clock.monotonic() - startedAt(kit)) / 1000),
    checks: { database, background, ...own },
  };
}
