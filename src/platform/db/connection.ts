import { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";

import type { WriteOrm } from "./database.ts";
import { speedUp } from "./prepared.ts";

/** One SQLite connection with its prepared statements. */
export class Connection {
  readonly sql: Database;
  readonly orm: WriteOrm;
  readonly #prepared = new Map<unknown, unknown>();

  constructor(file: string, options: { readonly: boolean }) {
    this.sql = options.readonly
      ? new Database(file, { readonly: true })
      : new Database(file, { create: true });
    this.sql.run("PRAGMA busy_timeout = 250");
    this.sql.run("PRAGMA temp_store = MEMORY");
    if (!options.readonly) {
      this.sql.run("PRAGMA journal_mode = WAL");
      this.sql.run("PRAGMA synchronous = NORMAL");
      this.sql.run("PRAGMA wal_autocheckpoint = 0");
      this.sql.run("PRAGMA secure_delete = ON");
    }
    this.sql.run(`PRAGMA cache_size = ${options.readonly ? -8000 : -16_000}`);
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
