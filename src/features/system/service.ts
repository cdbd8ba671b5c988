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
  commit: string | null;
  registration: string;
  limits: wire.Limits;
  connections(): number;
  /** How many people are online. */
  online(): number;
  /** Counts that may take long, by the name they are shown under. */
  counts: Record<"users" | "chats" | "messages", (read: Read) => Promise<number>> & {
    files: (read: Read) => Promise<{ files: number; bytes: number }>;
  };
  /** What reads pictures, once it is known. */
  codec(): { images: "sharp" | "bun" } | undefined;
  /** What decodes films. */
  films: z.infer<typeof wire.Health>["checks"]["films"];
}

type Counts = Pick<
  z.infer<typeof wire.Status>,
  "users" | "chats" | "messages" | "media_files" | "media_bytes"
>;

/** docs/clients.md says what each is. */
const features = [
  "groups",
  "resume",
  "receipts",
  "presence",
  "typing",
  "media",
  "mentions",
  "search",
  "notifications",
];

const countedForMilliseconds = 5000;

export type System = ReturnType<typeof createSystem>;

/** The verbs about the server itself. */
export function createSystem(deps: SystemDeps) {
  const started = deps.clock.monotonic();
  let counted: { at: number; counts: Promise<Counts> } | undefined;

  function info(): z.infer<typeof wire.Info> {
    return {
      name: "Parley",
      version: deps.version,
      commit: deps.commit,
      features,
      registration: deps.registration,
      limits: deps.limits,
      push: { channels: [] },
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

  /** Waits for nothing: it answers while the disk is slow. */
  function health(): z.infer<typeof wire.Health> {
    const database = deps.db.healthy() ? "ok" : "failing";
    const images = deps.codec()?.images;
    return {
      status: database,
      version: deps.version,
      uptime_s: Math.floor((deps.clock.monotonic() - started) / 1000),
      checks: {
        database,
        ...(images && { images: images === "sharp" ? "ok" : "fallback" }),
        films: deps.films,
      },
    };
  }

  async function status(actor: Actor | undefined): Promise<z.infer<typeof wire.Status>> {
    const short = { status: health().status, version: deps.version };
    if (!actor) return short;
    await deps.db.read((read) => requireActor(read, actor));
    return {
      ...short,
      ...(await counts()),
      online_users: deps.online(),
      connections: deps.connections(),
      database_bytes: deps.db.size(),
    };
  }

  /** One count for all who ask within a few seconds. */
  function counts(): Promise<Counts> {
    const now = deps.clock.monotonic();
    if (counted && now - counted.at < countedForMilliseconds) return counted.counts;
    const { users, chats, messages, files } = deps.counts;
    const counting = deps.db.readAside(async (read) => {
      const kept = await files(read);
      return {
        users: await users(read),
        chats: await chats(read),
        messages: await messages(read),
        media_files: kept.files,
        media_bytes: kept.bytes,
      };
    });
    counted = { at: now, counts: counting };
    counting.catch(() => {
      if (counted?.counts === counting) counted = undefined;
    });
    return counting;
  }

  return { info, health, status };
}
