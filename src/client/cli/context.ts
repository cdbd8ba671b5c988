import { exitCodes, Failure } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import type { Style } from "./text/style.ts";

/** What is used of the process, so that tests can run commands without one. */
export type Process = Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env" | "on" | "once" | "off">;

/** What every command works with. */
export interface Context {
  process: Process;
  /** Which of several accounts. */
  account: string | undefined;
  /** How long to wait for the server where a command has an end. */
  seconds: number;
  /** Below it are the accounts. */
  root: string;
  output: Output;
  /** How texts look in `output`. */
  style: Style;
  /** Tells something that is no result, on the standard error. */
  note(text: string): void;
  /** Aborted by signals, and when the output cannot be written any more. Its reason is a Failure. */
  stop: AbortSignal;
}

/** Aborted when the command is to stop, or has waited long enough. Its reason is a Failure. */
export function deadline({ stop, seconds }: Context): AbortSignal {
  const late = new AbortController();
  const failure = new Failure(exitCodes.notNow, `The server did not answer within ${seconds} seconds.`);
  setTimeout(() => late.abort(failure), seconds * 1000);
  return AbortSignal.any([stop, late.signal]);
}
