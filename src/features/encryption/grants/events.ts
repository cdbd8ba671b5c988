import { z } from "zod";

import { byId } from "../../../core/by-id.ts";
import { id } from "../../../core/wire.ts";
import { defineEvent } from "../../../events/event.ts";
import { findGrants } from "./store.ts";

/** `ref` is the grant. One that another has taken the place of is told no more. */
export const encryptionGrant = defineEvent({
  type: "encryption_grant",
  summary: "Somebody has handed me keys of earlier epochs of a chat.",
  schema: z.object({ chat_id: id, by_user_id: id }),
  async load(read, happened) {
    const known = byId(await findGrants(read, new Set(happened.map((one) => one.ref))));
    return happened.map(({ ref }) => {
      const grant = known.get(ref);
      return grant && { chat_id: grant.chatId, by_user_id: grant.byUserId };
    });
  },
});
