import { z } from "zod";

import type { Codec, Findings } from "./inspector.ts";

/** Not negative, and small enough for every place where it is kept. */
const measure = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER).exactOptional();
const pixels = z.int().positive().exactOptional();
const done = z.boolean().exactOptional();

/** Sent as soon as it is known, because what comes next may crash. */
export interface Cleaned {
  cleaned: boolean;
  hasUnknown?: boolean;
}

/**
 * The messages of the child process, a line of JSON each. Validated, because a file may have taken the process over.
 */
export const Reply = z.union([
  z.object({ codec: z.object({ images: z.enum(["sharp", "bun"]), reason: z.string().exactOptional() }) }),
  z.object({ cleaned: z.boolean(), hasUnknown: done }),
  z.object({ trouble: z.string() }),
  z.object({
    findings: z.object({
      failed: z.string().exactOptional(),
      cleaned: done,
      hasUnknown: done,
      pictured: done,
      kind: z.enum(["image", "video", "audio"]).exactOptional(),
      width: pixels,
      height: pixels,
      duration: measure,
      waveform: z.array(z.int().min(0).max(100)).max(64).exactOptional(),
    }),
  }),
]) satisfies z.ZodType<{ codec: Codec } | Cleaned | { trouble: string } | { findings: Findings }>;
export type Reply = z.infer<typeof Reply>;
