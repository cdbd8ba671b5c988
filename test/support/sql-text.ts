/** A SQLite database as SQL text, as the `.dump` of its command line writes it, and back. Not for virtual tables. */
import { Database } from "bun:sqlite";

/** A table that SQLite makes by itself: the last numbers of those that are counted up. */
const counters = "sqlite_sequence";

export function toSql(db: Database): string {
  const parts = db
    .query<{ type: string; name: string; sql: string }, []>(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL",
    )
    .all();
  const tables = parts.filter((one) => one.type === "table" && one.name !== counters);
  const others = parts.filter((one) => one.type !== "table");
  const statements = [
    ...tables.flatMap(({ name, sql }) => [sql, ...rowsOf(db, name)]),
    // The rows above have made their own.
    `DELETE FROM ${counters}`,
    ...rowsOf(db, counters),
    ...others.map((one) => one.sql),
  ];
  return statements.map((one) => `${one};\n`).join("");
}

function rowsOf(db: Database, table: string): string[] {
  const columns = db.query<{ name: string }, []>(`PRAGMA table_info("${table}")`).all();
  const values = columns.map((one) => `quote("${one.name}")`).join(" || ',' || ");
  const rows = db.query<{ line: string }, []>(`SELECT ${values} AS line FROM "${table}"`).all();
  return rows.map(({ line }) => `INSERT INTO "${table}" VALUES(${line})`);
}

/** Makes the file, which is not there yet. */
export function fromSql(sql: string, file: string): void {
  const db = new Database(file, { create: true });
  try {
    db.transaction(() => db.run(sql))();
  } finally {
    db.close();
  }
}
