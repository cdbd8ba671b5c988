import { rm, stat, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { type Database, isBusy, openDatabase } from "./database.ts";
import { Numbered } from "./numbered.ts";

/** Milliseconds between two looks at whether it is one's turn. */
const interval = 25;

/**
 * Lets one at a time run something, among all programs on a directory. It is SQLite's exclusive lock on an empty database,
 * `NAME-1.sqlite`, which the system takes from a program that ends, however it ends. From one that is frozen it cannot be
 * taken: whoever has waited long enough for the same holder makes the file with the next number. Only the last one counts.
 */
export class Turns {
  readonly #files: Numbered;

  /** A holder is passed over after so many milliseconds. */
  constructor(
    directory: string,
    name: string,
    private readonly patience: number,
  ) {
    this.#files = new Numbered(directory, name);
  }

  async take<T>(run: () => Promise<T>): Promise<T> {
    const lock = await this.#wait();
    try {
      return await run();
    } finally {
      lock.close();
    }
  }

  async #wait(): Promise<Database> {
    let holder = "";
    let since = 0;
    for (;;) {
      const number = (await this.#files.list()).at(-1) ?? 1;
      const found = `${number} ${await this.#takenAt(number)}`;
      const now = performance.now();
      if (found !== holder) {
        holder = found;
        since = now;
      }
      const isPassedOver = now - since > this.patience;
      const lock = await this.#lock(isPassedOver ? number + 1 : number);
      if (lock) return lock;
      await sleep(interval);
    }
  }

  async #lock(number: number): Promise<Database | undefined> {
    const database = await openDatabase(this.#files.file(number));
    try {
      // A journal in memory: nothing is written.
      database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      if (await this.#isLast(number)) return database;
      database.close();
    } catch (error) {
      database.close();
      if (!isBusy(error)) throw error;
    }
    return undefined;
  }

  /** Somebody may have been passed over while he was on his way to the lock. */
  async #isLast(number: number): Promise<boolean> {
    const numbers = await this.#files.list();
    if (numbers.at(-1) !== number) return false;
    const now = new Date();
    await utimes(this.#files.file(number), now, now);
    for (const one of numbers.slice(0, -1)) await rm(this.#files.file(one), { force: true });
    return true;
  }

  /** Tells one holder from the next. */
  async #takenAt(number: number): Promise<number | undefined> {
    const found = await stat(this.#files.file(number)).catch(() => undefined);
    return found?.mtimeMs;
  }
}
