import type { RecoveryKey } from "../../sdk/index.ts";
import type { Context } from "../context.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import type { Secrets } from "./secrets.ts";

/** How often its end may be mistyped. */
const attempts = 3;

/**
 * Shows a recovery key, this once. To a person at a terminal it says what to do with it, and asks for its end; elsewhere the standard output
 * has the key alone. Errors: Failure where its end was not typed.
 */
export async function giveRecoveryKey(
  context: Context,
  secrets: Secrets,
  { recoveryKey }: RecoveryKey,
): Promise<void> {
  const { output, note, style, process } = context;
  const isTerminal = process.stdout.isTTY && secrets.isTerminal;
  if (isTerminal) note("This is your recovery key. Write it down now, on paper: it is shown this once.\n");
  await output.line(isTerminal ? `    ${style.strong(recoveryKey)}` : recoveryKey);
  if (!isTerminal) return;
  note("\nWithout it, and without a device that has your keys, nobody can read your encrypted chats again.");
  const end = plain(recoveryKey).slice(-4);
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (plain(await secrets.ask("To be sure, type its last group: ")) === end) return;
    note("That is not its last group.");
  }
  throw new Failure(
    exitCodes.refused,
    "Your keys are there, but the recovery key seems not to be written down. Another one: parley chat keys recovery",
  );
}

function plain(typed: string): string {
  return typed.replace(/[^0-9a-z]/gi, "").toUpperCase();
}

/** Whether somebody has typed a recovery key, not a passphrase: 28 letters and digits, some of which are digits. */
export function isRecoveryKey(typed: string): boolean {
  return /^[0-9a-z]{28}$/i.test(typed.replace(/[\s-]/g, "")) && /\d/.test(typed);
}
