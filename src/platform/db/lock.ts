import { Database } from "bun:sqlite";

import { DatabaseError } from "./database.ts";

/**
 * Makes this process the only one on the data. The lock is SQLite's own on a file that holds nothing; the
 * system frees it when the process ends, however it ends.
 */
export function lockDirectory(directory: string): { release(): void } {
  const db = new Database(`${directory}/lock.sqlite`, { create: true });
  try {
    db.run("PRAGMA busy_timeout = 0");
    db.run("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!(error instanceof Error) || !("code" in error) || error.code !== "SQLITE_BUSY") throw error;
    throw new DatabaseError(`Another Parley is running on ${directory}.`);
  }
  return { release: () => db.close() };
}
