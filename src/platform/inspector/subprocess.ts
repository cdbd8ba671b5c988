import { readFileSync } from "node:fs";

import type { Codec, Findings, Job } from "./inspector.ts";

/** What the process says, a line of JSON each. */
export type Reply = { codec: Codec } | { cleaned: true } | { findings: Findings };

/** What one file may cost. */
export interface Limits {
  milliseconds: number;
  bytes: number;
}

/** Memory is looked at so often: as much as a decoder can take meanwhile is too much only for a moment. */
const watchMilliseconds = 50;
const pageBytes = 4096;
/** What is kept of its complaints. */
const mostComplaints = 2000;

/** The process that looks into files, from its start to its end. */
export class Subprocess {
  /** Settles when it takes jobs; fails when it ends before. */
  readonly codec: Promise<Codec>;
  isOver = false;
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  #codec = Promise.withResolvers<Codec>();
  #found: PromiseWithResolvers<Findings> | undefined;
  #complaints = "";
  /** Of the file that is being looked at: its clean form has been written. */
  #cleaned = false;

  constructor(command: string[]) {
    // Nothing of this process's environment is for a process that reads strangers' files.
    this.#process = Bun.spawn(command, { env: {}, stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    this.codec = this.#codec.promise;
    this.codec.catch(() => {});
    void this.#listen();
    void this.#hearComplaints();
  }

  /** Errors: only when the process cannot be spoken to. */
  async run(job: Job, { milliseconds, bytes }: Limits): Promise<Findings> {
    this.#cleaned = false;
    const found = (this.#found = Promise.withResolvers<Findings>());
    const fail = (failed: string) => {
      this.#kill();
      found.resolve({ failed, ...(this.#cleaned && { cleaned: true }) });
    };
    const tooLong = setTimeout(() => fail(`it took longer than ${milliseconds / 1000} s`), milliseconds);
    const watch = setInterval(() => {
      if (this.memory() > bytes) fail(`it needed more than ${bytes / 1024 / 1024} MB`);
    }, watchMilliseconds);
    try {
      this.#process.stdin.write(`${JSON.stringify(job)}\n`);
      await this.#process.stdin.flush();
      return await found.promise;
    } finally {
      clearTimeout(tooLong);
      clearInterval(watch);
      this.#found = undefined;
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
    this.#kill();
    await this.#process.exited;
  }

  #kill(): void {
    for (const pid of this.#family().reverse()) kill(pid);
  }

  /** Itself, and the programs that it uses. */
  #family(): number[] {
    const { pid } = this.#process;
    const children = readText(`/proc/${pid}/task/${pid}/children`);
    return [pid, ...children.split(" ").filter(Boolean).map(Number)];
  }

  async #listen(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#hear(line);
    }
    const code = await this.#process.exited;
    this.isOver = true;
    const why = this.#process.signalCode ?? `code ${code}`;
    this.#codec.reject(new Error(`the process that looks into files ended with ${why}: ${this.#complaints}`));
    this.#found?.resolve({
      failed: `the decoder ended with ${why}`,
      ...(this.#cleaned && { cleaned: true }),
    });
  }

  #hear(line: string): void {
    const reply = parseReply(line);
    if (!reply) this.#complain(line);
    else if ("codec" in reply) this.#codec.resolve(reply.codec);
    else if ("cleaned" in reply) this.#cleaned = true;
    else this.#found?.resolve(reply.findings);
  }

  /** Also so that it never waits for somebody to read them. */
  async #hearComplaints(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stderr) this.#complain(decoder.decode(chunk, { stream: true }));
  }

  #complain(text: string): void {
    this.#complaints = (this.#complaints + text).slice(-mostComplaints);
  }
}

/** Undefined for what is none: a library has something to say. */
function parseReply(line: string): Reply | undefined {
  try {
    const reply = JSON.parse(line) as unknown;
    return typeof reply === "object" && reply !== null ? (reply as Reply) : undefined;
  } catch {
    return undefined;
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
