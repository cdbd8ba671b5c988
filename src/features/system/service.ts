import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import { requireActor } from "../accounts/people.ts";
import type * as wire from "./schema.ts";

export interface SystemDeps {
  db: Database;
  clock: Clock;
  version: string;
  connections(): number;
  /** Counts that may take long, by the name they are shown under. */
  counts: Record<"users" | "chats" | "messages", (read: Read) => Promise<number>>;
}

export type System = ReturnType<typeof createSystem>;

/** The verbs about the server itself. */
export function createSystem(deps: SystemDeps) {
  const started = deps.clock.monotonic();

  function info(): z.infer<typeof wire.Info> {
    return {
      name: "Parley",
      version: deps.version,
      docs: "/docs",
      openapi: "/openapi.json",
      asyncapi: "/asyncapi.json",
      websocket: "/ws",
    };
  }

  /** Waits for nothing: it answers while the disk is slow. */
  function health(): z.infer<typeof wire.Health> {
    const database = deps.db.healthy() ? "ok" : "failing";
    return {
      status: database,
      version: deps.version,
      uptime_s: Math.floor((deps.clock.monotonic() - started) / 1000),
      checks: { database },
    };
  }

  async function status(actor: Actor | undefined): Promise<z.infer<typeof wire.Status>> {
    const short = { status: health().status, version: deps.version };
    if (!actor) return short;
    await deps.db.read((read) => requireActor(read, actor));
    const { users, chats, messages } = deps.counts;
    const counts = await deps.db.readAside(async (read) => ({
      users: await users(read),
      chats: await chats(read),
      messages: await messages(read),
    }));
    return { ...short, ...counts, connections: deps.connections(), database_bytes: deps.db.size() };
  }

  return { info, health, status };
}
