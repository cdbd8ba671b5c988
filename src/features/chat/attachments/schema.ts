import { z } from "zod";

import { Media } from "../../files/index.ts";

export const ThumbnailVersion = z.string().optional().meta({
  description: "As `thumbnail_url` has it. Only with it the answer may be kept for good.",
});

export const ChatMedia = z
  .object({ media: z.array(Media).meta({ description: "Newest first." }), has_more: z.boolean() })
  .meta({ id: "ChatMedia" });
