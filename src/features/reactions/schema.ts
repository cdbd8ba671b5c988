import { z } from "zod";

import { id } from "../../core/wire.ts";

export const Reactions = z
  .object({
    reactions: z.array(z.object({ emoji: z.string(), user_ids: z.array(id) })).meta({
      description: "In the order in which each emoji came first, and in each in the order of reacting.",
    }),
  })
  .meta({ id: "Reactions" });
export type Reactions = z.infer<typeof Reactions>;
