/** What the operator may do, and how it is done where no server runs: the data are opened, and nothing else. */
import { type Operations, operate, type Outcome } from "./control.ts";
import { systemClock } from "./core/clock.ts";
import type { Log } from "./core/log.ts";
import type { Operation, OperatorKit, ReportKit } from "./feature.ts";
import { features } from "./features.ts";
import { databaseDirectory, openData } from "./platform.ts";
import { openReadOnly, requireDatabase } from "./platform/db/read-only.ts";
import { becomeOwner } from "./platform/owner.ts";
import { memoryPresence } from "./platform/presence/memory.ts";

const reports = features.flatMap((one) => one.reports ?? []);
const changes = features.flatMap((one) => one.changes ?? []);

/** All of them, as a running server does them. */
export function operationsWith(kit: OperatorKit): Operations {
  return new Map([...bind(reports, kit), ...bind(changes, kit)]);
}

function bind<K>(operations: readonly Operation<K>[], kit: K): Operations {
  return new Map(
    operations.map((one) => [
      one.name,
      { ...one, run: (input: Record<string, unknown>) => one.run(kit, input) },
    ]),
  );
}

export interface AloneOptions {
  dataDir: string;
  log: Log;
  /** Not asked for what only looks. */
  passwordSettings(): OperatorKit["settings"];
  onFatal(error: unknown): void;
}

/** Whoever is online is so on a server. */
const nobody = memoryPresence(systemClock, 0);

/** Does one of them where no server runs. Errors: DatabaseError, OwnerError. */
export function operateAlone(options: AloneOptions, name: string, input: unknown): Promise<Outcome> {
  const isReport = reports.some((one) => one.name === name);
  return isReport ? look(options, name, input) : change(options, name, input);
}

async function look({ dataDir }: AloneOptions, name: string, input: unknown): Promise<Outcome> {
  using db = openReadOnly(databaseDirectory(dataDir));
  const kit: ReportKit = { db, presence: nobody };
  return await operate(bind(reports, kit), name, input);
}

async function change(options: AloneOptions, name: string, input: unknown): Promise<Outcome> {
  const { dataDir, log, onFatal, passwordSettings } = options;
  if (!changes.some((one) => one.name === name && one.founds)) requireDatabase(databaseDirectory(dataDir));
  const settings = passwordSettings();
  becomeOwner(dataDir);
  await using opened = new AsyncDisposableStack();
  const clock = systemClock;
  // The end empties the log, which is soon.
  const { db, journal } = await openData({ dataDir, clock, log, checkpointBytes: Infinity, onFatal }, opened);
  return await operate(bind(changes, { db, journal, clock, log, presence: nobody, settings }), name, input);
}
