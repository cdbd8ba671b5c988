import { systemClock } from "../../src/core/clock.ts";
import { openLog } from "../../src/core/log.ts";
import { openSqlite, type SqliteOptions } from "../../src/platform/db/sqlite.ts";
import type { Open } from "./storage.ts";

/** SQLite as the server opens it. */
export function sqlite(more: Partial<SqliteOptions> = {}): Open {
  return (directory) =>
    openSqlite({
      directory,
      clock: systemClock,
      log: openLog("error", Date.now, (line) => process.stderr.write(`${line}\n`)),
      checkpointBytes: 16 * 1024 * 1024,
      onFatal(error) {
        throw error;
      },
      ...more,
    });
}
