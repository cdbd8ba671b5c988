/** One tab of a page at a time. */
import { randomId } from "../environment.ts";
import { holdsAtMost, type Store } from "./store.ts";
import type { TabValues } from "./tab-values.ts";

interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    run: () => Promise<unknown>,
  ): Promise<unknown>;
}

/** `alone` of a store (store.ts), among all tabs. */
export function tabTurns(values: TabValues): Store["alone"] {
  const { locks } = (globalThis as unknown as { navigator: { locks?: Locks } }).navigator;
  return (run) => (locks ? locked(locks, run) : leased(values, run));
}

/** Web Locks: a closed tab loses its own; from a frozen one it is taken, which then goes on without. */
async function locked<T>(locks: Locks, run: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined;
  // Not all who wait at the same moment: else they take it from each other.
  const patience = AbortSignal.timeout(holdsAtMost - 1000 * Math.random());
  for (const options of [{ signal: patience }, { steal: true }]) {
    await locks.request("parley-session", options, () => (running = run())).catch(() => {});
    if (running) break;
  }
  return running ?? run();
}

interface Lease {
  holder: string;
  /** By the wall clock, in milliseconds: the only one that tabs share. */
  until: number;
}

/** Without a secure context there are no locks. */
async function leased<T>(values: TabValues, run: () => Promise<T>): Promise<T> {
  const holder = randomId();
  const take = (before: unknown) => (isHeld(before) ? before : { holder, until: Date.now() + holdsAtMost });
  const giveBack = (before: unknown) =>
    (before as Lease | undefined)?.holder === holder ? undefined : before;
  // Where nothing can be kept, the tabs do it side by side, which the server allows.
  while (await values.change("turn", take).then(isHeld, () => false)) await pause(30 + 30 * Math.random());
  try {
    return await run();
  } finally {
    await values.change("turn", giveBack).catch(() => {});
  }
}

/** One that lasts longer than anybody may hold it is from before the clock was turned back. */
function isHeld(lease: unknown): boolean {
  const left = ((lease as Lease | undefined)?.until ?? 0) - Date.now();
  return left > 0 && left <= holdsAtMost;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
