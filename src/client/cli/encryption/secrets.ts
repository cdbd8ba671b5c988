import { createInterface, type Interface } from "node:readline";

import { readPassword } from "../accounts/password.ts";
import type { Context } from "../context.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { within } from "../wait.ts";

/** Asks for what nobody is to see: on a terminal one after the other, else each is a line of the standard input. */
export class Secrets implements Disposable {
  #input: Interface | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(private readonly context: Context) {}

  get isTerminal(): boolean {
    return this.context.process.stdin.isTTY;
  }

  /** Errors: Failure where nothing was given. */
  async ask(question: string): Promise<string> {
    if (this.isTerminal) return await readPassword(this.context, question);
    const { process, stop } = this.context;
    this.#input ??= createInterface({ input: process.stdin, terminal: false, crlfDelay: Infinity });
    this.#lines ??= this.#input[Symbol.asyncIterator]();
    const { value } = await within(stop, this.#lines.next());
    if (!value)
      throw new Failure(exitCodes.usage, `The standard input has no line for this: ${question.trim()}`);
    return value;
  }

  /** A new one, on a terminal twice. Errors: Failure where these are two different ones. */
  async askForNew(question: string): Promise<string> {
    const secret = await this.ask(question);
    if (this.isTerminal && (await this.ask("The same again: ")) !== secret)
      throw new Failure(exitCodes.usage, "These were two different ones.");
    return secret;
  }

  [Symbol.dispose](): void {
    this.#input?.close();
  }
}
