import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";

import { DatabaseError } from "./database.ts";

interface Lock {
  release(): void;
}

const fileIn = (directory: string) => `${directory}/lock.sqlite`;

/**
 * The exclusive lock on the data. It is SQLite's own lock on an empty database, which the system releases when the
 * process ends, however it ends. Errors: DatabaseError.
 */
export function lockDirectory(directory: string): Lock {
  return take(directory, new Database(fileIn(directory), { create: true }), ["BEGIN EXCLUSIVE"]);
}

/**
 * The shared lock: several may read, and nobody may write meanwhile. Without a lock file nobody has written yet, and
 * none is made. Errors: DatabaseError.
 */
export function lockForReading(directory: string): Lock {
  const file = fileIn(directory);
  if (!existsSync(file)) return { release() {} };
  return take(directory, new Database(file, { readonly: true }), ["BEGIN", "SELECT 1 FROM sqlite_master"]);
}

function take(directory: string, db: Database, statements: string[]): Lock {
  try {
    db.run("PRAGMA busy_timeout = 0");
    for (const one of statements) db.run(one);
  } catch (error) {
    db.close();
    if (!(error instanceof Error) || !("code" in error) || error.code !== "SQLITE_BUSY") throw error;
    throw new DatabaseError(`Another Parley is running on ${directory}.`);
  }
  return { release: () => db.close() };
}
