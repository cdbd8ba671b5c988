import { constants, Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";

import type { WriteOrm } from "./database.ts";
import { speedUp } from "./prepared.ts";

/** Makes the file where there is none. */
export function openForWriting(file: string): Connection {
  return configure(new Database(file, { create: true }), [
    "cache_size = -16000",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "wal_autocheckpoint = 0",
    "secure_delete = ON",
  ]);
}

/** Beside the one that writes. */
export function openForReading(file: string): Connection {
  return configure(new Database(file, { readonly: true }), ["cache_size = -8000"]);
}

/**
 * While nobody writes. No byte of the file, of its log and of the log's index changes, and none of them is made: a
 * connection that is only read-only makes the latter two and leaves them.
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

/** One SQLite connection with its prepared statements. */
export class Connection {
  readonly orm: WriteOrm;
  readonly #prepared = new Map<unknown, unknown>();

  constructor(readonly sql: Database) {
    // bun:sqlite answers at once; the port's type says "await", which takes both.
    this.orm = drizzle({ client: this.sql }) as unknown as WriteOrm;
  }

  prepared<P>(build: (orm: WriteOrm) => { prepare(): P }): P {
    let statement = this.#prepared.get(build);
    if (statement === undefined) {
      statement = speedUp(build(this.orm).prepare());
      this.#prepared.set(build, statement);
    }
    return statement as P;
  }

  close(): void {
    this.#prepared.clear();
    this.sql.close();
  }
}

/** What a callback is handed: a connection's queries, until it has returned. */
export class Scope {
  #open = true;

  constructor(private readonly connection: Pick<Connection, "orm" | "prepared">) {}

  get orm(): WriteOrm {
    this.#check();
    return this.connection.orm;
  }

  prepared<P>(build: (orm: WriteOrm) => { prepare(): P }): P {
    this.#check();
    return this.connection.prepared(build);
  }

  end(): void {
    this.#open = false;
  }

  #check(): void {
    if (!this.#open) throw new Error("this transaction or snapshot is over; its callback has returned");
  }
}
