import { z } from "zod";

import { id, int64, time } from "../../core/wire.ts";

export const MediaType = z.enum(["image", "video", "audio", "document", "other"]).meta({ id: "MediaType" });
export type MediaType = z.infer<typeof MediaType>;

export const MediaState = z.enum(["pending", "ready", "failed"]).meta({
  id: "MediaState",
  description:
    "`ready`: it has been looked at, and others can have it. `failed`: it could not be looked at; others can save " +
    "it, or are refused where its location and camera data could not be taken out.",
});
export type MediaState = z.infer<typeof MediaState>;

const pixels = z.int().positive().nullable();

export const Media = z
  .object({
    id,
    message_id: id.nullable().meta({ description: "null while it waits for its message." }),
    filename: z.string().meta({ description: "A name that is safe to save it under." }),
    original_filename: z.string().meta({ description: "The name as it was sent, for display only." }),
    file_size: int64.min(0).meta({ description: "Bytes, as they are sent to whoever asks for it." }),
    mime_type: z.string().meta({
      description: "By content, whatever was declared; `application/octet-stream` for what nobody knows.",
    }),
    media_type: MediaType,
    width: pixels.meta({ description: "Pixels, as people see it: turned as the file says." }),
    height: pixels,
    duration: z.number().nonnegative().nullable().meta({ description: "Seconds." }),
    waveform: z
      .array(z.int().min(0).max(100))
      .nullable()
      .meta({ description: "How loud a sound is over time: 64 numbers from 0 to 100." }),
    encrypted: z.boolean().meta({
      description: "Opaque to the server, which keeps it as it is. Its names and type say nothing.",
    }),
    state: MediaState,
    metadata_removed: z.boolean().meta({
      description:
        "Where, when and with what it was taken is out of what others get. False for what stays as it was sent, raw photos and " +
        "documents for example, for what has failed, and where there is something in it that this server does not know or " +
        "read: subtitles, for example.",
    }),
    has_thumbnail: z.boolean(),
    url: z.string().meta({ description: "A path of this server." }),
    thumbnail_url: z.string().nullable().meta({ description: "What it shows never changes." }),
    created_at: time,
  })
  .meta({ id: "Media", description: "A file in a message, or waiting for one." });
export type Media = z.infer<typeof Media>;

export const Uploaded = z.object({ media: z.array(Media) }).meta({ id: "Uploaded" });

export const filesPerMessage = 10;

/** The most that may be in a file's name, in characters. */
export const nameLength = 255;

/** A part of a form that is a file, for the documents. */
export const formFile = z.file().meta({ type: "string", format: "binary" });

/** What an upload brings, in the order in which it should come. */
export const UploadForm = z
  .object({
    encrypted: z
      .boolean()
      .optional()
      .meta({
        default: false,
        description:
          "For an encrypted message. Store all of them as they are, and never look inside. Before the files: behind them a large one may have been " +
          "refused for what it looks like.",
      }),
    files: z
      .array(formFile)
      .min(1)
      .max(filesPerMessage)
      .meta({ description: "Each in a part of its own, all with this name." }),
  })
  .meta({ id: "UploadForm" });

/** Ids of files that one has sent and that wait for their message. */
export const MediaIds = z.array(id).max(filesPerMessage);
