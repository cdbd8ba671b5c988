import { createInterface } from "node:readline";
import { Writable } from "node:stream";

import type { Context } from "../context.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { stoppedBy } from "../stop-signal.ts";
import { within } from "../wait.ts";

/**
 * Asks on a terminal, without showing what is typed; otherwise takes the first line of the standard input. Errors: Failure for
 * none, and for Ctrl-C.
 */
export async function readPassword({ process, stop }: Context, question: string): Promise<string> {
  const { stdin, stderr } = process;
  const ask = (text: string) => stdin.isTTY && stderr.write(text);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  using editor = createInterface({ input: stdin, output: nowhere, terminal: stdin.isTTY, historySize: 0 });
  const { promise: line, resolve, reject } = Promise.withResolvers<string>();
  editor.once("line", resolve);
  editor.once("close", () => resolve(""));
  // The terminal gives single keys, and this one is no signal then.
  editor.once("SIGINT", () => reject(stoppedBy("SIGINT")));
  // Only now, when the terminal shows nothing of what is typed.
  ask(question);
  try {
    const password = await within(stop, line);
    if (password === "") throw new Failure(exitCodes.usage, "No password was given.");
    return password;
  } finally {
    ask("\n");
  }
}
