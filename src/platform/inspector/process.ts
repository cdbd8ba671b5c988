import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ChatError } from "../../core/errors.ts";
import { type Codec, type Findings, type Inspector, inspectWord, type Job } from "./inspector.ts";
import { Reply } from "./reply.ts";

/** This program, started once more to look into files, and where it may unpack parts of itself. */
export function inspectCommand(cacheDirectory: string): string[] {
  const program = Bun.isStandaloneExecutable ? [] : [join(import.meta.dir, "../../main.ts")];
  return [process.execPath, ...program, inspectWord, cacheDirectory];
}

export interface ProcessOptions {
  /** What starts the process (`child.ts`). */
  command: string[];
  /** What one file may cost. */
  limits: { milliseconds: number; bytes: number };
}

/** Memory is looked at so often: as much as a decoder can take meanwhile is too much only for a moment. */
const watchMilliseconds = 50;
/** A process that has nothing to do costs memory; starting another one takes a tenth of a second. */
const idleMilliseconds = 30_000;
/** A decoder that has grown so far gives nothing back by itself. */
const restingBytes = 128 * 1024 * 1024;
/** People who wait for a picture of theirs. */
const mostUrgent = 16;
const retrySeconds = 5;
/** What is kept of its complaints. */
const mostComplaints = 2000;
/** Far more than it has to say in a line. */
const longestLine = 100_000;

interface Waiting {
  job: Job;
  resolve(findings: Findings): void;
  reject(error: Error): void;
}

/** One process for all, started when it is needed, ended when it has nothing to do or has cost too much. */
export class ProcessInspector implements Inspector {
  readonly #urgent: Waiting[] = [];
  readonly #others: Waiting[] = [];
  #child: Child | undefined;
  #isBusy = false;
  #isClosed = false;
  #codec: Codec | undefined;
  #idle: Timer | undefined;

  constructor(private readonly options: ProcessOptions) {}

  get codec(): Codec | undefined {
    return this.#codec;
  }

  inspect(job: Job, urgency?: "urgent"): Promise<Findings> {
    if (this.#isClosed) return Promise.reject(stopping());
    if (urgency && this.#urgent.length >= mostUrgent) {
      return Promise.reject(new ChatError("overloaded", undefined, { retryAfter: retrySeconds }));
    }
    return new Promise((resolve, reject) => {
      (urgency ? this.#urgent : this.#others).push({ job, resolve, reject });
      void this.#work();
    });
  }

  async start(): Promise<void> {
    await this.#started();
    this.#restSoon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const one of [...this.#urgent.splice(0), ...this.#others.splice(0)]) one.reject(stopping());
    await this.#child?.end();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    clearTimeout(this.#idle);
    for (let one = this.#next(); one; one = this.#next()) {
      try {
        one.resolve(await this.#run(one.job));
      } catch (error) {
        one.reject(this.#isClosed ? stopping() : (error as Error));
      }
    }
    this.#isBusy = false;
    this.#restSoon();
  }

  #next(): Waiting | undefined {
    return this.#urgent.shift() ?? this.#others.shift();
  }

  async #run(job: Job): Promise<Findings> {
    const child = await this.#started();
    const { hasWorked } = child;
    const findings = await child.run(job, this.options.limits);
    if (this.#isClosed) throw stopping();
    if (child.isOver || (await child.memory()) > restingBytes) await this.#rest();
    // That may have been the doing of a file before: only a new process tells.
    return child.hasFailed && hasWorked ? this.#run(job) : findings;
  }

  async #started(): Promise<Child> {
    if (this.#child && !this.#child.isOver) return this.#child;
    this.#child = new Child(this.options);
    this.#codec = await this.#child.codec;
    return this.#child;
  }

  #restSoon(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#rest(), idleMilliseconds);
    this.#idle.unref();
  }

  async #rest(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.end();
  }
}

function stopping(): ChatError {
  return new ChatError("stopping", undefined, { retryAfter: retrySeconds });
}

/** The process itself. */
class Child {
  /** Settles when it takes jobs; fails when it ends before. */
  readonly codec: Promise<Codec>;
  /** It has ended, or will in a moment. */
  isOver = false;
  /** It ended by itself, or said what makes no sense. */
  hasFailed = false;
  /** It has had a file. */
  hasWorked = false;
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  #codec = Promise.withResolvers<Codec>();
  #found: PromiseWithResolvers<Findings> | undefined;
  #complaints = "";
  /** Of the file that is being looked at: its clean form has been written. */
  #cleaned = false;

  constructor({ command }: ProcessOptions) {
    // Nothing of this process's environment is for a process that reads strangers' files.
    this.#process = Bun.spawn(command, { env: {}, stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    this.codec = this.#codec.promise;
    this.codec.catch(() => {});
    void this.#listen();
    void this.#hearComplaints();
  }

  async run(job: Job, { milliseconds, bytes }: ProcessOptions["limits"]): Promise<Findings> {
    this.#cleaned = false;
    this.hasWorked = true;
    const found = (this.#found = Promise.withResolvers<Findings>());
    const tooLong = setTimeout(() => {
      this.#giveUp(`it took longer than ${milliseconds / 1000} s`);
    }, milliseconds);
    const watch = setInterval(async () => {
      if ((await this.memory()) <= bytes || this.#found !== found) return;
      this.#giveUp(`it needed more than ${bytes / 1024 / 1024} MB`);
    }, watchMilliseconds);
    try {
      await this.#ask(job);
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
      // It has ended, which whoever hears it out finds out.
    }
  }

  /** What it has in memory that is its own, in bytes; 0 where nobody knows. */
  async memory(): Promise<number> {
    const pages = await readFile(`/proc/${this.#process.pid}/statm`, "latin1").catch(() => "");
    const [, resident = 0, shared = 0] = pages.split(" ").map(Number);
    return (resident - shared) * 4096;
  }

  async end(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  /** Ends it, and with it the file that is being looked at. */
  #giveUp(failed: string): void {
    this.isOver = true;
    this.#process.kill("SIGKILL");
    this.#found?.resolve({ failed, ...(this.#cleaned && { cleaned: true }) });
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
    this.#codec.reject(new Error(`the process that looks into files ended with ${why}: ${this.#complaints}`));
    this.#giveUp(`the decoder ended with ${why}`);
  }

  /** Errors: when it says something else than it should. */
  async #hearAll(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#hear(Reply.parse(JSON.parse(line)));
      if (rest.length > longestLine) throw new Error("a line without an end");
    }
  }

  #hear(reply: Reply): void {
    if ("codec" in reply) this.#codec.resolve(reply.codec);
    else if ("cleaned" in reply) this.#cleaned = true;
    else this.#found?.resolve(reply.findings);
  }

  /** Also so that it never waits for somebody to read them. */
  async #hearComplaints(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stderr) {
      this.#complaints = (this.#complaints + decoder.decode(chunk, { stream: true })).slice(-mostComplaints);
    }
  }
}
