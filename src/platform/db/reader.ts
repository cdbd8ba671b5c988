/**
 * The reading thread, for heavy reads and checkpoints. As it is one thread, no snapshot of its own is open during a
 * checkpoint; an open one would keep the write-ahead log from being emptied.
 */
import { Database, type SQLQueryBindings, type Statement } from "bun:sqlite";

import { answerQuestions } from "../worker.ts";
import { vendorCode } from "./vendor-error.ts";

export type CheckpointMode = "passive" | "restart" | "truncate";

export type ReaderQuestion =
  | { open: string }
  | "begin"
  | "end"
  | "close"
  | { sql: string; params: SQLQueryBindings[] }
  | { checkpoint: CheckpointMode };

let db: Database;
const statements = new Map<string, Statement>();

answerQuestions((question: ReaderQuestion) => {
  if (question === "begin") return begin();
  if (question === "end") return end();
  if (question === "close") return close();
  if ("open" in question) return open(question.open);
  if ("checkpoint" in question) return checkpoint(question.checkpoint);
  return statement(question.sql).values(...question.params);
});

function open(file: string): void {
  db = new Database(file);
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA wal_autocheckpoint = 0");
  // Writers wait meanwhile: one who is in the way for longer is somebody else, and is tried again later.
  db.run("PRAGMA busy_timeout = 50");
  db.run("PRAGMA cache_size = -8000");
  db.run("PRAGMA query_only = ON");
}

function begin(): void {
  // The last snapshot could not be ended.
  end();
  db.run("BEGIN");
}

/** An error may have ended it already. */
function end(): void {
  if (db.inTransaction) db.run("ROLLBACK");
}

function statement(sql: string): Statement {
  const known = statements.get(sql) ?? db.prepare(sql);
  statements.set(sql, known);
  return known;
}

function close(): void {
  for (const one of statements.values()) one.finalize();
  db.close();
}

/** Answers whether the whole log was moved into the database file. */
function checkpoint(mode: CheckpointMode): boolean {
  const row = db.query<{ busy: number }, []>(`PRAGMA wal_checkpoint(${mode})`).get();
  if (row?.busy !== 0) return false;
  // The first write after a restart syncs the log's new header: paid here, not on the event loop.
  if (mode === "restart") beginLog();
  return true;
}

function beginLog(): void {
  db.run("PRAGMA query_only = OFF");
  try {
    db.run("UPDATE meta SET value = value + 1 WHERE key = 'checkpoint'");
  } catch (error) {
    // Another program writes just now: then the next group pays for the header.
    if (vendorCode(error) !== "SQLITE_BUSY") throw error;
  } finally {
    db.run("PRAGMA query_only = ON");
  }
}
