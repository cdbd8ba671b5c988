import { createInterface, type Interface } from "node:readline";

import type { Context } from "../context.ts";
import type { Screen, Typist } from "./screen.ts";

/** A pipe, a file, or a terminal that only prints: line after line, and nothing that was printed is changed. */
export class PlainScreen implements Screen {
  readonly isSeen: boolean;
  #input: Interface | undefined;

  constructor(private readonly context: Context) {
    this.isSeen = context.process.stdout.isTTY;
  }

  print(text: string): void {
    void this.context.output.line(text);
  }

  note(text: string): void {
    this.context.note(text);
  }

  status(): void {}

  start(typist: Typist): void {
    this.#input = createInterface({
      input: this.context.process.stdin,
      terminal: false,
      crlfDelay: Infinity,
    });
    this.#input.on("line", (line) => typist.entered(line));
    this.#input.on("close", () => typist.ended());
  }

  close(): void {
    this.#input?.close();
  }
}
