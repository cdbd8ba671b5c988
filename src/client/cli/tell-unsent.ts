import type { Session } from "../sdk/index.ts";
import type { Context } from "./context.ts";
import { isHeldUp, needsPerson, unsent } from "./outbox.ts";

/** Tells who leaves what is not sent yet, and what becomes of it. */
export function tellUnsent(session: Session, { note }: Context): void {
  const entries = unsent(session);
  const stopped = entries.filter((one) => needsPerson(one) || isHeldUp(one, entries)).length;
  const waiting = entries.length - stopped;
  const isKept = session.isKept.peek();
  if (waiting > 0) {
    note(`Not sent yet: ${waiting}. They are ${isKept ? "kept, and sent the next time" : "lost"}.`);
  }
  if (stopped > 0 && isKept) {
    note(`Not sent: ${stopped}. One was refused or has become old: open the chat, and say /retry or /drop.`);
  }
}
