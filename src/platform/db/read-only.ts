import { statSync } from "node:fs";

import { openUntouched } from "./connection.ts";
import { type Database, DatabaseError, type Read } from "./database.ts";
import { lockForReading } from "./lock.ts";
import { requireThisVersion } from "./migrations.ts";
import { settleNow } from "./settle.ts";
import { databaseFile } from "./sqlite.ts";
import { Scope } from "./statements.ts";

/** Errors: DatabaseError where there is no database, the system's error where this user may not look. */
export function requireDatabase(directory: string): void {
  if (statSync(databaseFile(directory), { throwIfNoEntry: false })) return;
  throw new DatabaseError(`There is no data in ${directory}.`);
}

/**
 * The database that a stopped server has left, to be looked at: nothing changes, and no file is left behind. Errors:
 * DatabaseError where there is none, where a server runs on it, and where it is another version's.
 */
export function openReadOnly(directory: string): Pick<Database, "read"> & Disposable {
  requireDatabase(directory);
  using opened = new DisposableStack();
  opened.adopt(lockForReading(directory), (lock) => lock.release());
  const connection = opened.adopt(openUntouched(databaseFile(directory)), (one) => one.close());
  requireThisVersion(connection.sql);
  const closing = opened.move();
  return {
    async read(fn) {
      const scope = new Scope(connection.statements);
      try {
        return await settleNow(() => fn(scope as Read));
      } finally {
        scope.end();
      }
    },
    [Symbol.dispose]: () => closing.dispose(),
  };
}
