/** `parley chat`: a client for terminals, pipes and scripts. */
import { CommanderError } from "commander";

import type { Process } from "./context.ts";
import { accountsDirectory, isSmartTerminal, wantsColors } from "./environment.ts";
import { exitCodes, failureOf } from "./exit-codes.ts";
import { Output } from "./output.ts";
import { type Options, optionsOf, programWith, type Work } from "./program.ts";
import { stopSignal } from "./stop-signal.ts";
import { plainStyle, terminalStyle } from "./text/style.ts";
import { visible } from "./text/visible.ts";

const usualSeconds = 30;

/** Does what the words behind `parley chat` say; answers the exit code. */
export async function chat(words: readonly string[], process: Process): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = programWith(process, async (command, work) => {
    exitCode = await attempt(process, optionsOf(command), work);
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    // It has written help, or what it did not understand.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}

async function attempt(process: Process, options: Options, work: Work): Promise<number> {
  const { stdout, stderr } = process;
  const output = new Output(stdout);
  const note = (text: string) => void stderr.write(`${text}\n`);
  const hasColors = isSmartTerminal(stdout, process) && wantsColors(process);
  try {
    const context = {
      process,
      account: options.account,
      seconds: options.timeout ?? usualSeconds,
      root: accountsDirectory(process),
      output,
      style: stdout.isTTY ? terminalStyle(hasColors) : plainStyle,
      note,
      stop: stopSignal(process, output.closed),
    };
    const code = await work(context, options);
    await output.settled();
    output.closed.throwIfAborted();
    return code;
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    if (failure.message !== "") note(visible(failure.message));
    return failure.exitCode;
  } finally {
    await output.settled();
  }
}
