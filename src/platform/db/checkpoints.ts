import type { Clock } from "../../core/clock.ts";
import { describeError, type Log } from "../../core/log.ts";
import type { ReaderThread } from "./reader-thread.ts";
import { vendorCode } from "./vendor-error.ts";

export interface CheckpointOptions {
  readerThread: ReaderThread;
  clock: Clock;
  log: Log;
  /** How much of the write-ahead log is in use, and how much may be. */
  logBytes(): number;
  mostLogBytes: number;
  /** Runs `work` while no group is under way and none begins. */
  betweenGroups<T>(work: () => Promise<T>): Promise<T>;
  onFatal(error: unknown): void;
}

const firstPauseMilliseconds = 1000;
const longestPauseMilliseconds = 60_000;

/**
 * Checkpoints: move the write-ahead log into the database file when it has grown, as far as possible while others
 * write.
 */
export class Checkpoints {
  #underWay = false;
  #pause = firstPauseMilliseconds;
  #spaceLost = false;

  constructor(private readonly options: CheckpointOptions) {}

  /** The log can neither be emptied nor may it grow: writes are refused until there is space. */
  get spaceLost(): boolean {
    return this.#spaceLost;
  }

  /** Called after each group. */
  look(): void {
    if (this.#underWay || this.options.logBytes() < this.options.mostLogBytes) return;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { readerThread, clock, log } = this.options;
    this.#underWay = true;
    try {
      if (await readerThread.emptyLog(this.options.betweenGroups)) {
        this.#underWay = this.#spaceLost = false;
        this.#pause = firstPauseMilliseconds;
        return;
      }
      // Nothing was short of space; a commit that is says so itself.
      this.#spaceLost = false;
      log.warn("another program reads the database, so its log cannot be emptied yet");
    } catch (error) {
      if (isFatal(error)) return this.options.onFatal(error);
      this.#spaceLost = true;
      log.error("the log cannot be emptied; writes are refused until it can", describeError(error));
    }
    clock.after(this.#nextPause(), () => {
      this.#underWay = false;
      if (this.#spaceLost) void this.#run();
    });
  }

  /** Without space somebody waits for it; a foreign reader is asked less and less often. */
  #nextPause(): number {
    if (this.#spaceLost) return firstPauseMilliseconds;
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, longestPauseMilliseconds);
    return pause;
  }
}

/** A failed flush cannot be repeated, and a damaged file cannot be repaired here. */
function isFatal(error: unknown): boolean {
  return /FSYNC|CORRUPT|NOTADB/.test(vendorCode(error));
}
