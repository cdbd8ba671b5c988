import { z } from "zod";

import { byId } from "../../../core/by-id.ts";
import { id } from "../../../core/wire.ts";
import { defineEvent } from "../../../events/event.ts";
import { Reason } from "./schema.ts";
import { type EntryRow, findEntries } from "./store.ts";

/** `ref` is the entry. Told to one's own devices, and a moment later to each of one's chats (see follower.ts). */
export const encryptionKeyChanged = defineEvent({
  type: "encryption_key_changed",
  summary: "Somebody has other keys: I, or a person who shares a chat with me, once for each chat.",
  schema: z.object({
    user_id: id,
    kid: z.string().meta({ description: "Of the encryption key." }),
    reason: Reason,
  }),
  async load(read, happened) {
    const known = byId(await findEntries(read, new Set(happened.map((one) => one.ref))));
    return happened.map(({ ref }) => {
      const entry = known.get(ref);
      return entry && toChange(entry);
    });
  },
});

export function toChange({ userId, encKid, reason }: Pick<EntryRow, "userId" | "encKid" | "reason">) {
  return { user_id: userId, kid: encKid, reason };
}
