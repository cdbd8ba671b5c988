import { needsPerson, refusalOf } from "../outbox.ts";
import { visible } from "../text/visible.ts";
import type { Room } from "./room.ts";

/** Tells of each message that is refused or has become old, and why; returns how to stop. */
export function tellRefusals({ session, conversation, screen }: Room): () => void {
  let told: ReadonlySet<string> = new Set();
  return session.outbox.subscribe((entries) => {
    const undecided = entries.filter((one) => one.chat_id === conversation.id && needsPerson(one));
    for (const one of undecided.filter(({ key }) => !told.has(key))) {
      const what = one.state === "asks" ? "Not sent for a long time" : `Refused: ${refusalOf(one)}`;
      screen.note(visible(`${what} (/retry or /drop)`));
    }
    told = new Set(undecided.map((one) => one.key));
  });
}
