import { open } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";

import { ParleyError } from "../../errors.ts";

export type Database = DatabaseSync;

/** Opens a database that nobody else of the machine may read, and makes it where there is none. Nothing ever waits for a lock. */
export async function openDatabase(file: string): Promise<Database> {
  const { DatabaseSync } = await import("node:sqlite").catch(() => {
    throw new ParleyError("store_failed", "The SQLite store needs Bun 1.4.5 or Node 22.13, or later ones.");
  });
  await createPrivate(file);
  const database = new DatabaseSync(file);
  database.exec("PRAGMA busy_timeout = 0");
  return database;
}

/**
 * SQLite gives its other files the mode of the database. One that is there already must not be opened: closing it would
 * take away the locks that this program has on it (POSIX, fcntl).
 */
async function createPrivate(file: string): Promise<void> {
  try {
    await (await open(file, "wx", 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** SQLite's primary result code (https://sqlite.org/rescode.html); undefined for what is no error of SQLite. */
function codeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}

/** Somebody else has the lock. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === 5;
}

/** What is in the file cannot be made sense of: 1 no such table, 11 damaged, 26 not a database. */
export function isDamage(error: unknown): boolean {
  return [1, 11, 26].includes(codeOf(error) ?? 0);
}
