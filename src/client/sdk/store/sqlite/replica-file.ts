import { rm } from "node:fs/promises";

import { type Database, isBusy, isDamage, openDatabase } from "./database.ts";

/** Other formats keep rows of the kinds `entry` and `draft` where this one has them, so that each finds what is unsent. */
const format = 1;

const schema = `
  BEGIN;
  CREATE TABLE rows (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${format};
  COMMIT`;

/** A row as it is stored. Key and value are JSON. */
export interface StoredRow {
  kind: string;
  key: string;
  value: string;
}

/** A file of rows that this program alone has open: no other one can, until it is closed or the program ends. */
export interface ReplicaFile {
  file: string;
  database: Database;
  /** All of it can be read. */
  isSound: boolean;
}

/** Opens a file of rows, and makes it where there is none. Undefined: another program has it. */
export async function holdReplica(file: string): Promise<ReplicaFile | undefined> {
  const database = await openDatabase(file);
  try {
    // In this order: the log then needs no index in shared memory, and its lock is kept.
    for (const one of ["locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"]) {
      database.exec(`PRAGMA ${one}`);
    }
    return { file, database, isSound: isSound(database) };
  } catch (error) {
    if (isDamage(error)) return { file, database, isSound: false };
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

function isSound(database: Database): boolean {
  const found = database.prepare("PRAGMA user_version").get();
  if (found?.["user_version"] === 0) database.exec(schema);
  else if (found?.["user_version"] !== format) return false;
  // This reads every page.
  const bad = database.prepare("SELECT 1 FROM rows WHERE NOT json_valid(key) OR NOT json_valid(value)").get();
  return bad === undefined;
}

export async function removeReplica({ file, database }: ReplicaFile): Promise<void> {
  close(database);
  for (const one of [`${file}-wal`, file]) await rm(one, { force: true });
}

/** Also one that is closed already. */
export function close(database: Database): void {
  try {
    database.close();
  } catch {}
}

/** All changes or none. */
export function transaction<T>(database: Database, run: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = run();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** After some errors SQLite has done it by itself, and refuses. */
function rollBack(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {}
}
