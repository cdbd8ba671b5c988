/** People who use `parley chat`. */
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import type { Process } from "../../src/client/cli/context.ts";
import { chat } from "../../src/client/cli/main.ts";
import { News } from "./news.ts";
import type { Person } from "./person.ts";
import { password } from "./server.ts";

export interface Outcome {
  code: number;
  out: string;
  errors: string;
}

type Variables = Record<string, string>;

/** Somebody's machine: a directory with their accounts, and commands that run on it. */
export class Desk implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-desk-"));
  readonly config = join(this.directory, "config");
  readonly #running: RunningClient[] = [];

  /** A machine on which this person is signed in. */
  static async of(person: Person, url = person.url): Promise<Desk> {
    const desk = new Desk();
    await desk.signIn(person, url);
    return desk;
  }

  async signIn({ username, url }: Person, at = url): Promise<void> {
    const { code, errors } = await this.run(["login", at, username], `${password}\n`);
    if (code !== 0) throw new Error(`login: ${errors}`);
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], input = "", env: Variables = {}): Promise<Outcome> {
    const client = this.start(args, env);
    client.enter(input);
    client.endInput();
    return await client.end();
  }

  /** Starts a command and does not wait. */
  start(args: readonly string[], env: Variables = {}): RunningClient {
    const running = new RunningClient(args, { ...this.env, ...env });
    this.#running.push(running);
    return running;
  }

  get env(): Variables {
    return { PATH: process.env["PATH"] ?? "", XDG_CONFIG_HOME: this.config, HOME: this.directory, TZ: "UTC" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#running) await one.stop("SIGTERM");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What was written, line by line, without what depends on the day and the time. */
export function linesOf(out: string): string[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^(\[\d+\]) \d\d:\d\d/, "$1").replace(/\d{4}-\d\d-\d\d/, "DAY"));
}

/** What was written with `--json`. */
export function jsonOf(out: string): any[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Stands for a process in pipes: what a command reads, writes, and is told by signals. */
class Pipes extends EventEmitter {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();

  constructor(readonly env: Variables) {
    super();
  }
}

/** A command that runs in pipes. */
export class RunningClient {
  out = "";
  errors = "";
  readonly #news = new News();
  readonly #pipes: Pipes;
  readonly #code: Promise<number>;

  constructor(args: readonly string[], env: Variables) {
    this.#pipes = new Pipes(env);
    const read = [
      this.#take(this.#pipes.stdout, (text) => (this.out += text)),
      this.#take(this.#pipes.stderr, (text) => (this.errors += text)),
    ];
    this.#code = this.#run(args, read);
  }

  enter(text: string): void {
    this.#pipes.stdin.write(text);
  }

  endInput(): void {
    this.#pipes.stdin.end();
  }

  /** Waits until this is among what it wrote, on either output. */
  async says(text: string | RegExp): Promise<void> {
    const look = () => {
      const all = this.out + this.errors;
      return (typeof text === "string" ? all.includes(text) : text.test(all)) || undefined;
    };
    await this.#news.find(look, () => `it never said ${text}, but ${this.out}${this.errors}`);
  }

  async end(): Promise<Outcome> {
    return { code: await this.#code, out: this.out, errors: this.errors };
  }

  stop(signal: NodeJS.Signals): Promise<Outcome> {
    this.#pipes.emit(signal);
    return this.end();
  }

  async #run(args: readonly string[], read: readonly Promise<void>[]): Promise<number> {
    try {
      return await chat(args, this.#pipes as unknown as Process);
    } finally {
      this.#pipes.stdout.end();
      this.#pipes.stderr.end();
      await Promise.all(read);
      this.#news.over();
    }
  }

  async #take(stream: PassThrough, add: (text: string) => void): Promise<void> {
    for await (const chunk of stream.setEncoding("utf8")) {
      add(chunk);
      this.#news.came();
    }
  }
}
