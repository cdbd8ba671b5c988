import { maySucceedLater, ParleyError } from "../sdk/index.ts";

/** What `parley chat` exits with (docs/terminal.md). */
export const exitCodes = {
  done: 0,
  /** The server or this program will not do it, and would not the next time. */
  refused: 1,
  usage: 2,
  /** No connection, no answer in time, or the server asks to come back later. What was to be sent is kept. */
  notNow: 3,
  signedOut: 4,
  /** The files of the account cannot be used. */
  store: 5,
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
  if (error instanceof ParleyError) return new Failure(codeOf(error), error.message);
  if (error instanceof Error && "syscall" in error) return new Failure(exitCodes.store, error.message);
  return undefined;
}

function codeOf(error: ParleyError): number {
  const { code } = error;
  if (["signed_out", "other_person", "unauthorized", "invalid_refresh_token"].includes(code)) {
    return exitCodes.signedOut;
  }
  if (code === "store_failed") return exitCodes.store;
  return maySucceedLater(error) ? exitCodes.notNow : exitCodes.refused;
}
