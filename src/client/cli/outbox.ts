import type { Entry, Session } from "../sdk/index.ts";
import { type Context, deadline } from "./context.ts";
import { endOf } from "./end-of.ts";
import { exitCodes, Failure, isOfKeys } from "./exit-codes.ts";
import { when, within } from "./wait.ts";

/**
 * Resolves when the server has acknowledged what `isMine` says. Errors: Failure where it refuses, or where something before it
 * waits for a decision; why the session has ended.
 */
export async function acknowledged(session: Session, isMine: (entry: Entry) => boolean): Promise<void> {
  const sent = when(session.outbox, (entries) => {
    const mine = entries.filter(isMine);
    const failed = mine.find((one) => one.state === "failed");
    if (failed) throw new Failure(codeOf(failed), refusalOf(failed));
    if (mine.some((one) => isHeldUp(one, entries))) throw new Failure(exitCodes.refused, heldUp);
    return mine.length === 0 ? true : undefined;
  });
  await Promise.race([sent, endOf(session)]);
}

/** Where there is a line, waits until what other commands have left unsent is with the server, too, or it is too late. */
export async function sendRest(session: Session, context: Context): Promise<void> {
  if (unsent(session).length === 0 || session.connection.peek() === "offline") return;
  await within(deadline(context), session.drained()).catch(() => {});
}

const heldUp =
  "An earlier message to this chat was refused or has become old. Open the chat and say /retry or /drop.";

/** Messages to a chat keep their order. */
export function isHeldUp(entry: Entry, entries: readonly Entry[]): boolean {
  return entries
    .slice(0, entries.indexOf(entry))
    .some((one) => one.kind === "send" && one.chat_id === entry.chat_id && needsPerson(one));
}

/** It stays where it is until somebody decides. */
export function needsPerson({ state }: Entry): boolean {
  return state === "failed" || state === "asks";
}

function codeOf({ refusal }: Entry): number {
  return isOfKeys(refusal?.code) ? exitCodes.keys : exitCodes.refused;
}

/** It would be refused the next time, too, unless somebody does something about it. */
export function isFinal(exitCode: number | undefined): boolean {
  return exitCode === exitCodes.refused || exitCode === exitCodes.keys;
}

export function refusalOf({ refusal }: Entry): string {
  const detail = refusal?.detail ?? "It was refused.";
  return refusal?.code === "keys_locked" ? `${detail} parley chat keys says how it stands.` : detail;
}

/** What people would miss if it were lost; that something was read is none of it. */
export function unsent(session: Session): readonly Entry[] {
  return session.outbox.peek().filter((one) => one.kind !== "read");
}
