import { z } from "zod";

export const Info = z
  .object({
    name: z.literal("Parley"),
    version: z.string(),
    docs: z.string(),
    openapi: z.string(),
    asyncapi: z.string(),
    websocket: z.string(),
  })
  .meta({ id: "Info" });

export const Health = z
  .object({
    status: z.enum(["ok", "failing"]),
    version: z.string(),
    uptime_s: z.int(),
    checks: z.object({
      database: z.enum(["ok", "failing"]),
      images: z
        .enum(["ok", "fallback"])
        .optional()
        .meta({
          description:
            "`fallback`: sharp cannot be loaded on this machine, so there are no thumbnails of moving WebP, nor of very " +
            "large pictures. Absent until it is known.",
        }),
    }),
  })
  .meta({ id: "Health" });

const count = z.int().min(0);

export const Status = z
  .object({
    status: z.enum(["ok", "failing"]),
    version: z.string(),
    users: count.optional(),
    online_users: count.optional(),
    chats: count.optional(),
    messages: count.optional(),
    media_files: count.optional(),
    media_bytes: count.optional(),
    connections: count.optional(),
    database_bytes: count.optional(),
  })
  .meta({ id: "Status", description: "The counts are for those who are signed in." });
