import { Database } from "bun:sqlite";
import { join } from "node:path";

/** Counts the rows that a test's server writes, whatever it writes them for: triggers on all tables note each. */
export class Written {
  readonly #db: Database;
  #seen = 0;

  constructor(dataDir: string) {
    this.#db = openBeside(dataDir);
    this.#db.run("CREATE TABLE rows_written (id INTEGER PRIMARY KEY, what TEXT NOT NULL)");
    for (const table of this.#tables()) {
      for (const kind of ["insert", "update", "delete"]) {
        this.#db.run(
          `CREATE TRIGGER "${table} ${kind}" AFTER ${kind} ON "${table}" BEGIN
             INSERT INTO rows_written (what) VALUES ('${table} ${kind}'); END`,
        );
      }
    }
  }

  /** What was written since the last call, row by row: `members update`. */
  take(): string[] {
    const rows = this.#db
      .query<{ id: number; what: string }, [number]>(
        "SELECT id, what FROM rows_written WHERE id > ? ORDER BY id",
      )
      .all(this.#seen);
    this.#seen = rows.at(-1)?.id ?? this.#seen;
    return rows.map((row) => row.what);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** Not those inside a virtual table, which take no triggers; writing to them follows from writing to others. */
  #tables(): string[] {
    const listed = this.#db.query<{ name: string; type: string; schema: string }, []>("PRAGMA table_list");
    return listed
      .all()
      .filter((one) => one.schema === "main" && one.type === "table" && !one.name.startsWith("sqlite_"))
      .filter((one) => one.name !== "rows_written")
      .map((one) => one.name);
  }
}

/** The database of a server that runs, through a connection of its own. */
export function openBeside(dataDir: string): Database {
  const db = new Database(join(dataDir, "db", "chat.sqlite"));
  db.run("PRAGMA busy_timeout = 5000");
  return db;
}
