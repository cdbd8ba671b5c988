import { sentence } from "./show/encryption.ts";
import { maySucceedLater, ParleyError } from "../sdk/index.ts";

/** What `parley chat` exits with (docs/terminal.md). */
export const exitCodes = {
  done: 0,
  /** The server or this program will not do it, and would not the next time. */
  refused: 1,
  usage: 2,
  /** No connection, no answer in time, or the server asks to come back later. A message that was to be sent is kept. */
  notNow: 3,
  signedOut: 4,
  /** The files of the account cannot be used. */
  store: 5,
  /** Encryption: this device does not have the keys, something is not to be believed, or a person has to decide. */
  keys: 6,
} as const;

/** Ends a command, with a sentence for people; an empty one says nothing. */
export class Failure extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** As a failure; undefined for what is a mistake in this program. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (error instanceof ParleyError) return new Failure(codeOf(error), sentenceOf(error));
  if (error instanceof Error && "syscall" in error) return new Failure(exitCodes.store, error.message);
  return undefined;
}

function sentenceOf({ code, errors, message }: ParleyError): string {
  // The field is of the program, and nobody has typed it.
  if (code === "bad_object") return sentence(`the server refuses it: ${message.replace(/^signed: /, "")}`);
  if (errors.length > 0) return errors.map((one) => `${one.path}: ${one.message}`).join("\n");
  if (code === "keys_locked") return `${message} parley chat keys says how it stands.`;
  // Bun's words for it.
  return message.replace(/: Unable to connect\. Is the computer able to access the url\?/, "");
}

function codeOf(error: ParleyError): number {
  const { code } = error;
  if (["signed_out", "other_person", "unauthorized", "invalid_refresh_token"].includes(code)) {
    return exitCodes.signedOut;
  }
  if (isOfKeys(code)) return exitCodes.keys;
  if (code === "store_failed" || code === "store_moved") return exitCodes.store;
  return maySucceedLater(error) ? exitCodes.notNow : exitCodes.refused;
}

/** Whether somebody has to do something about keys first. */
export function isOfKeys(code: string | undefined): boolean {
  return ["keys_locked", "keys_changed", "encryption_blocked"].includes(code ?? "");
}
