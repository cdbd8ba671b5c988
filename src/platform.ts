/** Opens the ports: what the server stores in, tells by, and asks. Closing follows from opening. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import type { Log } from "./core/log.ts";
import { Dispatch } from "./events/dispatch.ts";
import { Journal } from "./events/journal.ts";
import type { Blobs } from "./platform/blobs/blobs.ts";
import { openDisk } from "./platform/blobs/disk.ts";
import type { Database } from "./platform/db/database.ts";
import { openSqlite } from "./platform/db/sqlite.ts";
import type { Fanout } from "./platform/fanout/fanout.ts";
import { localFanout } from "./platform/fanout/local.ts";
import { type Decoders, filmDecoderOf } from "./platform/inspector/decoders.ts";
import type { Inspector } from "./platform/inspector/inspector.ts";
import { inspectCommand, ProcessInspector } from "./platform/inspector/process.ts";
import { memoryPresence } from "./platform/presence/memory.ts";
import type { PushServices } from "./platform/push/push.ts";
import { openPush, type PushNetwork } from "./platform/push/services.ts";
import type { Presence } from "./platform/presence/presence.ts";
import type { SearchIndex } from "./platform/search/search-index.ts";
import { openSearch } from "./platform/search/sqlite.ts";
import { openSlowCrypto } from "./platform/slow-crypto/node.ts";
import type { SlowCrypto } from "./platform/slow-crypto/slow-crypto.ts";

export interface DataOptions {
  dataDir: string;
  clock: Clock;
  log: Log;
  /** Size of the write-ahead log, in bytes, at which it is emptied. */
  checkpointBytes: number;
  /** Called when what was written cannot be made durable: the process has to end. */
  onFatal(error: unknown): void;
}

/** The data as whoever writes them has them: the database, and the journal of what happens in it. */
export interface Data {
  db: Database;
  journal: Journal;
  dispatch: Dispatch;
  fanout: Fanout;
}

export interface PlatformOptions {
  settings: Config;
  clock: Clock;
  log: Log;
  decoders: Decoders;
  pushNetwork?: PushNetwork | undefined;
  onFatal(error: unknown): void;
}

export interface Platform extends Data {
  presence: Presence;
  blobs: Blobs;
  inspector: Inspector;
  push: PushServices;
  searchIndex: SearchIndex;
  slowCrypto: SlowCrypto;
}

const megabyte = 1024 * 1024;

/** Where the database of a data directory is. */
export function databaseDirectory(dataDir: string): string {
  return join(dataDir, "db");
}

/** Opens the data, and begins them where there are none; they are closed with `opened`. Errors: DatabaseError. */
export async function openData(options: DataOptions, opened: AsyncDisposableStack): Promise<Data> {
  const { dataDir, ...more } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const db = opened.adopt(await openSqlite({ directory: databaseDirectory(dataDir), ...more }), close);
  const fanout = localFanout();
  const dispatch = new Dispatch(fanout);
  return { db, fanout, dispatch, journal: await Journal.open(db, options.clock, dispatch) };
}

/** Opens what the settings name; all of it is closed with `opened`. Errors: DatabaseError. */
export async function openPlatform(
  { settings, clock, log, decoders, pushNetwork, onFatal }: PlatformOptions,
  opened: AsyncDisposableStack,
): Promise<Platform> {
  const { dataDir } = settings;
  const checkpointBytes = settings.checkpointMb * megabyte;
  const data = await openData({ dataDir, clock, log, checkpointBytes, onFatal }, opened);
  const searchIndex = openSearch({
    file: join(databaseDirectory(dataDir), "search.sqlite"),
    log,
    limits: { rows: settings.searchRows, milliseconds: settings.searchMilliseconds },
  });
  opened.adopt(searchIndex, close);
  const reserve = settings.diskReserveMb * megabyte;
  const blobs = opened.adopt(openDisk({ directory: dataDir, reserve, onFatal }), close);
  const inspector = new ProcessInspector({
    command: inspectCommand(join(dataDir, "cache"), decoders),
    limits: {
      milliseconds: settings.inspectionSeconds * 1000,
      bytes: settings.inspectionMb * megabyte,
    },
    filmDecoder: filmDecoderOf(decoders),
  });
  opened.adopt(inspector, close);
  const push = opened.adopt(await openPush({ settings, clock, log, network: pushNetwork }), close);
  const presence = memoryPresence(clock, settings.offlineSeconds * 1000);
  const slowCrypto = opened.adopt(openSlowCrypto(), close);
  return { ...data, searchIndex, blobs, inspector, push, presence, slowCrypto };
}

function close(one: { close(): Promise<void> }): Promise<void> {
  return one.close();
}
