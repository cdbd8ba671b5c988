import { readFileSync } from "node:fs";

import { type Codec, type Findings, type Job, TooShort } from "./inspector.ts";
import { type Cleaned, Reply } from "./reply.ts";

/** What one file may cost. */
export interface Limits {
  milliseconds: number;
  bytes: number;
}

/** How often its memory is checked; in between it may exceed its limit for a moment. */
const watchMilliseconds = 50;
const pageBytes = 4096;
/** Of its time may go into its picture, so that a large one that takes longer has not failed, but only none. */
const share = 0.8;
/** What is kept of its standard error, in characters. */
const mostErrors = 2000;
/** Far longer than any line that it has to send. */
const longestLine = 100_000;

/** One child process that examines files, from its start to its end. */
export class Subprocess {
  /** Settles when it takes jobs; fails when it ends before. */
  readonly codec: Promise<Codec>;
  /** It has ended, or will in a moment. */
  isOver = false;
  /** It ended by itself, or sent an invalid message. */
  hasFailed = false;
  /** It has had a file. */
  hasWorked = false;
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  #codec = Promise.withResolvers<Codec>();
  #found: PromiseWithResolvers<Findings> | undefined;
  #errors = "";
  /** Of the file that is being looked at, as it will be in what is found. */
  #cleaned: Cleaned | undefined;

  constructor(command: string[]) {
    // An empty environment, because the process reads strangers' files.
    // Nor is a directory that others can write files into, which a runtime would read at its start.
    this.#process = Bun.spawn(command, { env: {}, cwd: "/", stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    this.codec = this.#codec.promise;
    this.codec.catch(() => {});
    void this.#listen();
    void this.#readErrors();
  }

  /** Errors: TooShort, when it has had `allowed` milliseconds but not all that it may have. */
  async run(job: Job, { milliseconds, bytes }: Limits, allowed = milliseconds): Promise<Findings> {
    this.#cleaned = undefined;
    this.hasWorked = true;
    const found = (this.#found = Promise.withResolvers<Findings>());
    const tooLong = setTimeout(
      () => {
        if (allowed < milliseconds) found.reject(new TooShort());
        this.#giveUp(`it took longer than ${milliseconds / 1000} s`);
      },
      Math.min(allowed, milliseconds),
    );
    const watch = setInterval(() => {
      if (this.memory() > bytes) this.#giveUp(`it needed more than ${bytes / 1024 / 1024} MB`);
    }, watchMilliseconds);
    try {
      await this.#ask({ ...job, seconds: Math.max(1, Math.floor((milliseconds * share) / 1000)) });
      return await found.promise;
    } finally {
      clearTimeout(tooLong);
      clearInterval(watch);
      this.#found = undefined;
    }
  }

  async #ask(job: Job): Promise<void> {
    try {
      this.#process.stdin.write(`${JSON.stringify(job)}\n`);
      await this.#process.stdin.flush();
    } catch {
      // It has ended, which `#hearAll` notices.
    }
  }

  /** What it and the programs that it uses have in memory of their own, in bytes; 0 where nobody knows. */
  memory(): number {
    const pages = this.#family().map((pid) => {
      const [, resident = 0, shared = 0] = readText(`/proc/${pid}/statm`).split(" ").map(Number);
      return resident - shared;
    });
    return pages.reduce((sum, one) => sum + one, 0) * pageBytes;
  }

  async end(): Promise<void> {
    this.isOver = true;
    this.#kill();
    await this.#process.exited;
  }

  #kill(): void {
    // Once it has ended its number may be somebody else's.
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const [, ...programs] = this.#family();
    this.#process.kill("SIGKILL");
    for (const pid of programs) kill(pid);
  }

  /** Itself, and the programs that it uses. */
  #family(): number[] {
    const { pid } = this.#process;
    const children = readText(`/proc/${pid}/task/${pid}/children`);
    return [pid, ...children.split(" ").filter(Boolean).map(Number)];
  }

  /** Ends it, and with it the file that is being looked at. */
  #giveUp(failed: string): void {
    this.isOver = true;
    this.#kill();
    this.#found?.resolve({ failed, ...this.#cleaned });
  }

  async #listen(): Promise<void> {
    try {
      await this.#hearAll();
      this.hasFailed = !this.isOver;
    } catch {
      this.hasFailed = true;
      this.#giveUp("the decoder said what is no answer");
    }
    const code = await this.#process.exited;
    const why = this.#process.signalCode ?? `code ${code}`;
    this.#codec.reject(new Error(`the process that looks into files ended with ${why}: ${this.#errors}`));
    this.#giveUp(`the decoder ended with ${why}`);
  }

  /** Errors: when it says something else than it should. */
  async #hearAll(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#hear(Reply.parse(JSON.parse(line)));
      if (rest.length > longestLine) throw new Error("a line without an end");
    }
  }

  #hear(reply: Reply): void {
    if ("codec" in reply) this.#codec.resolve(reply.codec);
    else if ("cleaned" in reply) this.#cleaned = reply;
    else if ("trouble" in reply) this.#found?.reject(new Error(reply.trouble));
    else this.#found?.resolve(reply.findings);
  }

  /** Also so that it never waits for somebody to read them. */
  async #readErrors(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stderr) {
      this.#errors = (this.#errors + decoder.decode(chunk, { stream: true })).slice(-mostErrors);
    }
  }
}

/** A file of /proc, which is made in memory; empty where the process has ended, or there is no /proc. */
function readText(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
