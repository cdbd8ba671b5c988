import { constants, Database, type Statement as SqlStatement } from "bun:sqlite";
import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";

import type { Compiled } from "./compile.ts";
import type { Statement } from "./database.ts";
import { Statements } from "./statements.ts";

/** The writing connection; creates the file where there is none. */
export function openForWriting(file: string): Connection {
  return configure(new Database(file, { create: true }), [
    "cache_size = -16000",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "wal_autocheckpoint = 0",
    "secure_delete = ON",
  ]);
}

/** A reading connection beside the writing one. */
export function openForReading(file: string): Connection {
  return configure(new Database(file, { readonly: true }), ["cache_size = -8000"]);
}

/**
 * A reading connection while nobody writes. It changes and creates none of the database file, its log and the log's
 * index. A connection that is merely read-only would create the latter two and leave them.
 */
export function openUntouched(file: string): Connection {
  const hasLog = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const address = `${pathToFileURL(file).href}?mode=ro&${hasLog ? "readonly_shm=1" : "immutable=1"}`;
  return configure(new Database(address, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI), []);
}

function configure(sql: Database, pragmas: string[]): Connection {
  try {
    for (const one of ["busy_timeout = 250", "temp_store = MEMORY", ...pragmas]) sql.run(`PRAGMA ${one}`);
    return new Connection(sql);
  } catch (error) {
    sql.close();
    throw error;
  }
}

/** One SQLite connection with its statements. */
export class Connection {
  readonly statements = new Statements((compiled) => this.#prepare(compiled));

  constructor(readonly sql: Database) {}

  #prepare({ sql, bind, decode, decodeAll }: Compiled): Statement {
    const statement: SqlStatement = this.sql.prepare(sql);
    return {
      run: (values = {}) => statement.run(bind(values)),
      get(values = {}) {
        const [row] = statement.values(bind(values));
        return row && decode(row);
      },
      all: (values = {}) => decodeAll(statement.values(bind(values))),
    };
  }

  close(): void {
    this.sql.close();
  }
}
