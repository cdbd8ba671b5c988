/** Two people talk in two terminals, with the client of the README. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Running } from "./executable.ts";
import { root } from "./reference.ts";
import { until } from "./until.ts";

/** Who types what, each line after the other person has seen the one before. */
const lines = [
  ["alice", "Are you there, Bob?"],
  ["bob", "Yes. Where does this run?"],
  ["alice", "On the old laptop under my desk."],
  ["bob", "One file and a directory? Nice."],
] as const;

/** A line in somebody's terminal, `typed` or told. */
export interface Line {
  terminal: "alice" | "bob";
  typed: boolean;
  text: string;
}

/** What the README says to type into each terminal. */
export const commands = { alice: "npx bun chat.js alice bob", bob: "npx bun chat.js bob alice" };

/** Answers with all that stands in both terminals, in the order in which it came. */
export async function talk(server: Running): Promise<Line[]> {
  const directory = mkdtempSync(join(tmpdir(), "parley-chat-"));
  const file = join(directory, "chat.js");
  writeFileSync(file, clientIn(await Bun.file(join(root, "README.md")).text()));
  const seen: Line[] = [];
  const { host } = new URL(server.url);
  const alice = new Terminal("alice", [file, "alice", "bob", host], seen);
  const bob = new Terminal("bob", [file, "bob", "alice", host], seen);
  try {
    await until(() => seen.length === 2);
    for (const [who, text] of lines) {
      (who === "alice" ? alice : bob).type(text);
      await until(() => seen.some((line) => !line.typed && line.text === `${who}: ${text}`));
    }
    return seen;
  } finally {
    await Promise.all([alice.end(), bob.end()]);
    rmSync(directory, { recursive: true });
  }
}

/** The only JavaScript that stands there. */
function clientIn(readme: string): string {
  const [, client] = /```js\n([^]*?)```/.exec(readme) ?? [];
  if (client === undefined) throw new Error("there is no client in the README");
  return client;
}

class Terminal {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #read: Promise<void>;

  constructor(
    private readonly name: Line["terminal"],
    args: string[],
    private readonly seen: Line[],
  ) {
    this.#child = Bun.spawn([process.execPath, ...args], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#read = this.#show();
  }

  type(text: string): void {
    this.seen.push({ terminal: this.name, typed: true, text });
    this.#child.stdin.write(`${text}\n`);
    void this.#child.stdin.flush();
  }

  async #show(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const told = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = told.pop()!;
      for (const text of told) this.seen.push({ terminal: this.name, typed: false, text });
    }
  }

  async end(): Promise<void> {
    this.#child.kill();
    await this.#read;
  }
}
