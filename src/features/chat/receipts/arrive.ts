import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { isSignedIn } from "../../accounts/index.ts";
import { moveMarkers } from "./move.ts";

/** A device of somebody's session has received a chat up to and including this message. */
export interface Proof {
  actor: Actor;
  chatId: number;
  messageId: number;
}

/**
 * Devices have proved what they have received. From a session that is over, or somebody who is no longer in the chat,
 * that is nothing.
 */
export function arrive(kit: Kit, proofs: Proof[]): Promise<void> {
  return kit.db.transact(async (tx) => {
    for (const { actor, chatId, messageId } of proofs) {
      if (!(await isSignedIn(tx, actor))) continue;
      const mark = { kind: "delivered", messageId, messageCount: 0 } as const;
      await moveMarkers(kit, tx, { chatId, userId: actor.userId }, [mark]);
    }
  });
}
