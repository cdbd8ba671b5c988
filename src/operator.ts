/** What the operator may do, and how it is done where no server runs: the data are opened, and nothing else. */
import { type Operations, operate, type Outcome } from "./control.ts";
import { systemClock } from "./core/clock.ts";
import type { Operation } from "./core/feature.ts";
import type { Log } from "./core/log.ts";
import { databaseDirectory, openData } from "./data.ts";
import type { OperatorDeps, ReportDeps } from "./features/accounts/deps.ts";
import { accountChanges, accountReports } from "./features/accounts/operations.ts";
import { Passwords } from "./features/accounts/passwords.ts";
import { chatChanges } from "./features/chats/operations.ts";
import { fillVacancies } from "./features/chats/succession.ts";
import type { Tx } from "./platform/db/database.ts";
import { openReadOnly, requireDatabase } from "./platform/db/read-only.ts";
import { becomeOwner } from "./platform/owner.ts";

/** What operations have to work with. */
export type Kit = Omit<OperatorDeps, "accountChanged">;
/** The same for those that only look. */
export type ReportKit = ReportDeps;

const reports: readonly Operation<ReportKit>[] = accountReports;
const changes: readonly Operation<OperatorDeps>[] = [...accountChanges, ...chatChanges];

/** All of them, as a running server does them. */
export function operationsWith(kit: Kit): Operations {
  return new Map([...bind(reports, kit), ...bindChanges(kit)]);
}

/** Features that know nothing of each other meet here. */
function bindChanges(kit: Kit): Operations {
  const accountChanged = (tx: Tx, userId: number) => fillVacancies(tx, kit.journal, userId, kit.clock.now());
  return bind(changes, { ...kit, accountChanged });
}

function bind<K>(operations: readonly Operation<K>[], kit: K): Operations {
  return new Map(
    operations.map((one) => [
      one.name,
      { ...one, run: (input: Record<string, unknown>) => one.run(kit, input) },
    ]),
  );
}

interface PasswordSettings {
  passwordMemoryKib: number;
  passwordIterations: number;
  passwordConcurrency: number;
  passwordQueue: number;
}

/** `shares`: how many of the places an address and a network may have, where not all. */
export function openPasswords(
  settings: PasswordSettings,
  shares = { perAddress: Infinity, perNetwork: Infinity },
): Passwords {
  return new Passwords({
    memoryKib: settings.passwordMemoryKib,
    iterations: settings.passwordIterations,
    concurrency: settings.passwordConcurrency,
    queue: settings.passwordQueue,
    ...shares,
  });
}

export interface AloneOptions {
  dataDir: string;
  log: Log;
  /** Not asked for what only looks. */
  passwordSettings(): PasswordSettings;
  onFatal(error: unknown): void;
}

/** Whoever is online is so on a server. */
const isOnline = () => false;

/** Does one of them where no server runs. Errors: DatabaseError, OwnerError. */
export function operateAlone(options: AloneOptions, name: string, input: unknown): Promise<Outcome> {
  const isReport = reports.some((one) => one.name === name);
  return isReport ? look(options, name, input) : change(options, name, input);
}

async function look({ dataDir }: AloneOptions, name: string, input: unknown): Promise<Outcome> {
  using db = openReadOnly(databaseDirectory(dataDir));
  return await operate(bind(reports, { db, isOnline }), name, input);
}

async function change(options: AloneOptions, name: string, input: unknown): Promise<Outcome> {
  const { dataDir, log, onFatal, passwordSettings } = options;
  if (!changes.some((one) => one.name === name && one.founds)) requireDatabase(databaseDirectory(dataDir));
  const passwords = openPasswords(passwordSettings());
  becomeOwner(dataDir);
  await using opened = new AsyncDisposableStack();
  const clock = systemClock;
  // The end empties the log, which is soon.
  const { db, journal } = await openData({ dataDir, clock, log, checkpointBytes: Infinity, onFatal }, opened);
  return await operate(bindChanges({ db, journal, clock, passwords, isOnline }), name, input);
}
