import { z } from "zod";

import { id } from "../../../core/wire.ts";
import { audienceId, defineEvent } from "../../../events/event.ts";

/** `ref` is the number of the step. */
export const encryptionMembership = defineEvent({
  type: "encryption_membership",
  summary: "The membership chain of an encrypted chat has another step.",
  schema: z.object({ chat_id: id, m: id.meta({ description: "Its number." }) }),
  load: async (_, happened) =>
    happened.map(({ audience, ref }) => ({ chat_id: audienceId(audience), m: ref })),
});
