import type { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { join } from "node:path";

import { DatabaseError } from "./database.ts";

/** The generated migrations: a folder of the project, or the same folder inside the executable. */
const folder = Bun.isStandaloneExecutable
  ? join(import.meta.dir, "drizzle")
  : join(import.meta.dir, "../../../drizzle");

/** Brings the tables up to this program. Errors: DatabaseError for tables of a later one. */
export function applyMigrations(sql: Database): void {
  refuseNewer(sql);
  migrate(drizzle({ client: sql }), { migrationsFolder: folder });
}

/** Errors: DatabaseError for tables of a later program, and of an earlier one. */
export function requireThisVersion(sql: Database): void {
  refuseNewer(sql);
  if (newestApplied(sql) < newestKnown()) {
    throw new DatabaseError(
      "The data was written by an older Parley: start the server once, which brings it up to date.",
    );
  }
}

function refuseNewer(sql: Database): void {
  if (newestApplied(sql) > newestKnown()) {
    throw new DatabaseError(
      "The data was written by a newer Parley: start that version, or restore a backup made by this one.",
    );
  }
}

function newestKnown(): number {
  return Math.max(...readMigrationFiles({ migrationsFolder: folder }).map((one) => one.folderMillis));
}

function newestApplied(sql: Database): number {
  const table = sql.query("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get();
  if (!table) return 0;
  const row = sql
    .query<{ newest: number | null }, []>("SELECT max(created_at) AS newest FROM __drizzle_migrations")
    .get();
  return row?.newest ?? 0;
}
