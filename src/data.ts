/** The data as whoever writes them has them: the database, and the journal of what happens in it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { Clock } from "./core/clock.ts";
import type { Log } from "./core/log.ts";
import { Dispatch } from "./events/dispatch.ts";
import { Journal } from "./events/journal.ts";
import type { Database } from "./platform/db/database.ts";
import { openSqlite } from "./platform/db/sqlite.ts";
import type { Fanout } from "./platform/fanout/fanout.ts";
import { localFanout } from "./platform/fanout/local.ts";

export interface DataOptions {
  dataDir: string;
  clock: Clock;
  log: Log;
  /** Size of the write-ahead log, in bytes, at which it is emptied. */
  checkpointBytes: number;
  onFatal(error: unknown): void;
}

export interface Data {
  db: Database;
  journal: Journal;
  dispatch: Dispatch;
  fanout: Fanout;
}

/** Where the database of a data directory is. */
export function databaseDirectory(dataDir: string): string {
  return join(dataDir, "db");
}

/** Opens the data, and begins them where there are none; they are closed with `opened`. Errors: DatabaseError. */
export async function openData(options: DataOptions, opened: AsyncDisposableStack): Promise<Data> {
  const { dataDir, ...more } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const db = await openSqlite({ directory: databaseDirectory(dataDir), ...more });
  opened.defer(() => db.close());
  const fanout = localFanout();
  const dispatch = new Dispatch(fanout);
  return { db, fanout, dispatch, journal: await Journal.open(db, options.clock, dispatch) };
}
