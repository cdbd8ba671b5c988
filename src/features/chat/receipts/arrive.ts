import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { isSignedIn } from "../../accounts/index.ts";
import { findSize } from "../groups/store.ts";
import { moveMarkers } from "./move.ts";
import { sessionProofs } from "./session-proofs.ts";

/** A device of somebody's session has received a chat up to and including this message. */
export interface Proof {
  actor: Actor;
  chatId: number;
  messageId: number;
}

/**
 * Devices have proved what they have received. From a session that is over that is nothing, and it moves no markers of
 * somebody who is no longer in the chat. In a large chat it is only noted for the session: there, markers move when people
 * say so.
 */
export function arrive(kit: Kit, proofs: Proof[]): Promise<void> {
  return kit.db.transact(async (tx) => {
    for (const { actor, chatId, messageId } of proofs) {
      if (!(await isSignedIn(tx, actor))) continue;
      tx.onDurable(() => sessionProofs(kit).note(actor.sessionId, chatId, messageId));
      if ((await findSize(tx, chatId)).memberCount > kit.settings.largeChatMembers) continue;
      const mark = { kind: "delivered", messageId, messageCount: 0 } as const;
      await moveMarkers(kit, tx, { chatId, userId: actor.userId }, [mark]);
    }
  });
}
