/** What docs/clients.md tells to paste, run as its readers run it. */
import { afterAll } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Line } from "./line.ts";
import { password } from "./server.ts";
import { until } from "./until.ts";

const file = new URL("../../docs/clients.md", import.meta.url);
const sdk = resolve(import.meta.dir, "../../src/client/sdk");
/** A client waits up to five seconds before it comes back, twice as long the next time, and so on: four times of bad luck. */
const patience = 80_000;

/** All blocks of a language, one after the other, as a reader pastes them. */
export function blocksIn(language: "ts" | "python" | "js"): string {
  const guide = readFileSync(file, "utf8");
  const blocks = [...guide.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))];
  if (blocks.length === 0) throw new Error(`the guide has no ${language}`);
  return blocks.map((one) => one[1]!).join("\n");
}

/** The Python client among the examples: the blocks of the guide, with a word on how to start it. */
export const pythonClient = {
  file: "docs/examples/client.py",
  text: () => `"""A chat client on the bare protocol: the Python of docs/clients.md, which explains it.

pip install websockets, then for two people with accounts, each in a directory of their own:
PASSWORD='a long enough one' python3 client.py alice bob
"""

${blocksIn("python")}`,
};

/** A file with the blocks of a language. */
export function programIn(language: "ts" | "js"): string {
  const directory = mkdtempSync(join(tmpdir(), "parley-guide-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const path = join(directory, `client.${language}`);
  if (language === "js") installLibrary(directory);
  writeFileSync(path, blocksIn(language));
  return path;
}

/** The package, as its sources are now. */
export function installLibrary(directory: string): void {
  const to = join(directory, "node_modules/parley-client");
  mkdirSync(to, { recursive: true });
  const exports = { ".": "./index.ts", "./sqlite": "./sqlite.ts" };
  writeFileSync(join(to, "package.json"), JSON.stringify({ name: "parley-client", type: "module", exports }));
  const from = (file: string) => `export * from ${JSON.stringify(join(sdk, file))};`;
  writeFileSync(join(to, "index.ts"), from("index.ts"));
  writeFileSync(join(to, "sqlite.ts"), from("store/sqlite.ts"));
}

/** Somebody's device with that program on it, at the end of a line of its own. */
export class Device {
  readonly #directory = mkdtempSync(join(tmpdir(), "parley-device-"));
  /** What it has printed since it was started first. */
  readonly printed: string[] = [];
  /** What it has complained of, as it is. */
  errors = "";
  #child: Bun.Subprocess<"pipe", "pipe", "pipe"> | undefined;

  /** Settles when the program has ended, and all that it had to say is here. */
  exited: Promise<number> = Promise.resolve(0);

  private constructor(
    private readonly command: readonly string[],
    readonly line: Line,
  ) {}

  /** `names`: of whoever holds it, and whom they talk with. */
  static async of(server: { url: string }, program: readonly string[], ...names: string[]): Promise<Device> {
    return new Device([...program, ...names], await Line.to(server.url));
  }

  start(): void {
    this.#child = Bun.spawn([...this.command], {
      cwd: this.#directory,
      env: { PATH: process.env["PATH"], SERVER: this.line.url, PASSWORD: password },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    let rest = "";
    void each(this.#child.stdout, (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.printed.push(...lines);
    });
    const complained = each(this.#child.stderr, (text) => {
      this.errors += text;
    });
    this.exited = Promise.all([this.#child.exited, complained]).then(([code]) => code);
  }

  type(text: string): void {
    this.#child!.stdin.write(`${text}\n`);
    this.#child!.stdin.flush();
  }

  /** Ctrl-D. */
  endInput(): void {
    void this.#child!.stdin.end();
  }

  /** What people said, as it was printed. */
  get said(): string[] {
    return this.printed.filter((line) => /^[a-z]+\d*: ./.test(line));
  }

  /** Waits until so many lines match. */
  prints(pattern: RegExp, times = 1): Promise<void> {
    return until(
      () => this.printed.filter((line) => pattern.test(line)).length >= times,
      patience,
      () => `${pattern} was not printed, but ${JSON.stringify(this.printed.slice(-5))}: ${this.errors}`,
    );
  }

  /** What it keeps for the next start. */
  get state(): any {
    return JSON.parse(readFileSync(join(this.#directory, "client.json"), "utf8"));
  }

  set state(state: unknown) {
    writeFileSync(join(this.#directory, "client.json"), JSON.stringify(state));
  }

  /** Copies a file to it; answers where it is. */
  put(name: string, from: string): string {
    const path = join(this.#directory, name);
    copyFileSync(from, path);
    return path;
  }

  /** A file that it has made. */
  bytes(path: string): Uint8Array {
    return readFileSync(join(this.#directory, path));
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.line[Symbol.dispose]();
    rmSync(this.#directory, { recursive: true });
  }
}

async function each(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
}
