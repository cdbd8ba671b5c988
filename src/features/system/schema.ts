import { z } from "zod";

import { int64 } from "../../core/wire.ts";

const most = z.int().positive();
const mostBytes = int64.positive();

/** What a client has to keep to, as far as it may differ between servers. */
export const Limits = z
  .object({
    content_bytes: mostBytes.meta({ description: "Of a message's text, in UTF-8." }),
    encrypted_content_bytes: mostBytes.meta({ description: "Of the JWE of an encrypted message." }),
    files_per_message: most.meta({ description: "Files in one message." }),
    image_bytes: mostBytes.meta({ description: "Of one file that is a picture." }),
    video_bytes: mostBytes.meta({ description: "Of a film." }),
    audio_bytes: mostBytes.meta({ description: "Of a sound." }),
    document_bytes: mostBytes.meta({ description: "Of any other file." }),
    user_quota_bytes: mostBytes
      .nullable()
      .meta({ description: "Of somebody's files in all; null for none." }),
    uploads_at_once: most.meta({ description: "Uploads of a user that may be under way." }),
    mentions: most.meta({ description: "People named in one message." }),
    group_members: most.meta({ description: "Members of one group." }),
    large_chat_members: most.meta({
      description: "In chats with more, others' markers and presence are told only to sockets that look.",
    }),
    page: most.meta({ description: "The largest `limit` of a list." }),
    users_at_once: most.meta({ description: "`ids` of GET /api/users." }),
    body_bytes: mostBytes.meta({ description: "Of a JSON body." }),
    anonymous_body_bytes: mostBytes.meta({ description: "The same of a call without an access token." }),
    memberships_per_hour: most
      .nullable()
      .meta({ description: "People whom somebody may put into chats; null for any number." }),
    frame_bytes: mostBytes.meta({ description: "Of a WebSocket frame." }),
    frames_waiting: most.meta({ description: "Frames of a socket that may wait for their turn." }),
    frame_bytes_waiting: mostBytes.meta({ description: "The same frames in bytes." }),
    frames_per_second: most.nullable().meta({ description: "Of a user; null for any number." }),
    requests_per_minute: most.nullable().meta({ description: "Of a user; null for any number." }),
    sockets: most.meta({ description: "Of a user; one more closes the oldest." }),
    keychain_bytes: mostBytes.meta({ description: "Of a sealed keychain, in base64url." }),
    public_keys_at_once: most.meta({ description: "`user_ids` of POST /api/encryption/public-keys." }),
    encrypted_chat_members: most,
    grant_bytes: mostBytes.meta({ description: "Of a grant of keys of earlier epochs, in base64url." }),
    epoch_repairs_per_hour: most.nullable().meta({
      description: "Epochs that a user begins in a chat although none is due; null for any number.",
    }),
    key_changes_per_day: most.nullable().meta({ description: "Entries of a user; null for any number." }),
    devices: most.meta({ description: "Device tokens of a user; one more forgets the oldest." }),
  })
  .meta({ id: "Limits", description: "The most that is taken." });
export type Limits = z.infer<typeof Limits>;

const PushInfo = z
  .object({ channels: z.array(z.string()) })
  .meta({ id: "PushInfo", description: "By which ways devices are reached that have no socket." });

const DocsPaths = z
  .object({
    html: z.string(),
    redoc: z.string(),
    openapi: z.string(),
    asyncapi: z.string(),
    asyncapi_html: z.string(),
  })
  .meta({ id: "DocsPaths", description: "Where the documents are on this server." });

export const Info = z
  .object({
    id: z.string().meta({
      description:
        "Which server it is, in signed objects (`iss`): 16 random bytes in base64url, the same for ever.",
    }),
    name: z.literal("Parley"),
    version: z.string(),
    commit: z
      .string()
      .nullable()
      .meta({ description: "What it was built from, in git; null where that is not known." }),
    features: z.array(z.string()).meta({
      description: "What this server can do besides messages; there may be words that you do not know.",
    }),
    registration: z
      .string()
      .meta({ description: "`open`, `closed`; any other word: it takes more than the form says." }),
    limits: Limits,
    push: PushInfo,
    docs: DocsPaths,
    websocket: z.string().meta({ description: "A path of this server." }),
  })
  .meta({ id: "Info" });

const HealthChecks = z
  .object({
    database: z.enum(["ok", "failing"]),
    background: z.enum(["ok", "retrying"]).meta({
      description:
        "`retrying`: something that runs in the background has failed and is tried again; the log says what and why.",
    }),
    images: z
      .enum(["ok", "fallback"])
      .optional()
      .meta({
        description:
          "`fallback`: sharp cannot be loaded on this machine, so there are no thumbnails of moving WebP, nor of very " +
          "large pictures. Absent until it is known.",
      }),
    films: z.enum(["ok", "ffmpeg", "none"]).meta({
      description:
        "What decodes films, sounds and HEIC pictures. `ok`: decoders of the server's own; `ffmpeg`: it has none, and the " +
        "program on its PATH does it; `none`: neither, so films and HEIC pictures have no thumbnails, sounds no waveforms.",
    }),
  })
  .meta({ id: "HealthChecks" });

export const Health = z
  .object({
    status: z.enum(["ok", "failing"]),
    version: z.string(),
    uptime_s: z.int(),
    checks: HealthChecks,
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
    messages: int64.min(0).optional(),
    media_files: count.optional(),
    media_bytes: int64.min(0).optional(),
    connections: count.optional(),
    database_bytes: int64.min(0).optional(),
    push_channels: z
      .array(z.string())
      .optional()
      .meta({ description: "By which ways devices are reached that have no socket." }),
  })
  .meta({ id: "ServerStatus", description: "The counts are for those who are signed in." });
