import { join } from "node:path";

import { ChatError } from "../../core/errors.ts";
import {
  type Allowance,
  type Codec,
  type FilmDecoder,
  type Findings,
  type Inspector,
  inspectWord,
  type Job,
} from "./inspector.ts";
import type { Decoders } from "./decoders.ts";
import { type Limits, Subprocess } from "./subprocess.ts";

/**
 * The command line that starts this program as the child process: where it may unpack parts of itself, and its
 * decoders. main.ts parses it.
 */
export function inspectCommand(cacheDirectory: string, { codecs, ffmpeg }: Decoders): string[] {
  const program = Bun.isStandaloneExecutable ? [] : ["--no-env-file", join(import.meta.dir, "../../main.ts")];
  return [process.execPath, ...program, inspectWord, cacheDirectory, codecs ?? "", ffmpeg ?? ""];
}

export interface ProcessOptions {
  /** What starts the process (`child.ts`). */
  command: string[];
  limits: Limits;
  filmDecoder?: FilmDecoder;
}

/** An idle process costs memory; starting another one takes a tenth of a second. */
const idleMilliseconds = 30_000;
/** A decoder that has grown so far gives nothing back by itself. */
const restingBytes = 128 * 1024 * 1024;
/** The first start of a version unpacks what belongs to it, perhaps on a slow disk. */
const startMilliseconds = 60_000;
const retrySeconds = 5;

interface Waiting {
  job: Job;
  allowance: Allowance;
  resolve(findings: Findings): void;
  reject(error: Error): void;
}

/** One child process for all files, started when it is needed, and ended when it is idle or has cost too much. */
export class ProcessInspector implements Inspector {
  readonly #waiting: Waiting[] = [];
  #child: Subprocess | undefined;
  #isBusy = false;
  #isClosed = false;
  #codec: Codec | undefined;
  #idle: Timer | undefined;
  /** How long it took to begin the last time. */
  #startMilliseconds = 0;

  constructor(private readonly options: ProcessOptions) {}

  get filmDecoder(): FilmDecoder {
    return this.options.filmDecoder ?? "none";
  }

  get codec(): Codec | undefined {
    return this.#codec;
  }

  inspect(job: Job, allowance: Allowance = { took() {} }): Promise<Findings> {
    if (this.#isClosed) return Promise.reject(stopping());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, allowance, resolve, reject });
      void this.#work();
    });
  }

  /** Starts the process, to know its codec. */
  async start(): Promise<void> {
    try {
      await this.#started();
    } catch (error) {
      if (!this.#isClosed) throw error;
    }
    this.#restSoon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const one of this.#waiting.splice(0)) one.reject(stopping());
    await this.#child?.end();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    clearTimeout(this.#idle);
    for (let one = this.#waiting.shift(); one; one = this.#waiting.shift()) {
      try {
        one.resolve(await this.#run(one));
      } catch (error) {
        one.reject(this.#isClosed ? stopping() : (error as Error));
      }
    }
    this.#isBusy = false;
    this.#restSoon();
  }

  async #run(one: Pick<Waiting, "job" | "allowance">): Promise<Findings> {
    const { job, allowance } = one;
    const child = await this.#started();
    const { hasWorked } = child;
    const began = performance.now();
    const took = (isSpent: boolean) =>
      allowance.took(performance.now() - began + (isSpent ? this.#startMilliseconds : 0));
    const findings = await child
      .run(job, this.options.limits, allowance.milliseconds)
      .catch(async (error: unknown) => {
        took(true);
        // The process may be broken: the next file gets a new one.
        await this.#rest();
        throw error;
      });
    if (this.#isClosed) throw stopping();
    // A malicious file may have taken the process over: the next file gets a new one.
    const isSpent = findings.failed !== undefined || child.memory() > restingBytes;
    took(child.isOver || isSpent);
    if (child.isOver || isSpent) await this.#rest();
    // That may have been the doing of a file before: only a new process tells.
    return child.hasFailed && hasWorked ? this.#run(one) : findings;
  }

  async #started(): Promise<Subprocess> {
    if (this.#isClosed) throw stopping();
    const began = performance.now();
    const last = this.#child;
    const isNew = !last || last.isOver;
    const child = isNew ? new Subprocess(this.options.command) : last;
    this.#child = child;
    const tooLong = setTimeout(() => void child.end(), startMilliseconds);
    try {
      this.#codec = await child.codec;
      if (isNew) this.#startMilliseconds = performance.now() - began;
      return child;
    } finally {
      clearTimeout(tooLong);
    }
  }

  #restSoon(): void {
    clearTimeout(this.#idle);
    if (this.#isBusy) return;
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
