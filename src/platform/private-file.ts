import { chmodSync, closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { syncDirectory } from "./sync-directory.ts";

const ours = 0o600;
const others = 0o077;

/**
 * A database that nobody but this system user can read, made empty where there is none. SQLite makes its log and the
 * log's index like it; those of an earlier release are changed, too, where they are this user's and the file system
 * knows modes. Before SQLite opens the file: closing it here would free the locks that this process has on it.
 */
export function makePrivate(file: string): void {
  closeSync(openSync(file, "a", ours));
  for (const one of [file, `${file}-wal`, `${file}-shm`]) {
    const mode = statSync(one, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & others) !== 0) tryChmod(one);
  }
}

function tryChmod(file: string): void {
  try {
    chmodSync(file, ours);
  } catch {
    // Somebody else's, and shared on purpose; the directory above keeps others out.
  }
}

export function isOpenToOthers(file: string): boolean {
  return (statSync(file).mode & others) !== 0;
}

/** Atomic: written to a temporary file and renamed. A start that is cut off leaves a whole file or none. */
export function keepPrivate(file: string, content: Uint8Array | string): void {
  const unfinished = `${file}.new`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, content, { mode: ours, flag: "wx", flush: true });
  renameSync(unfinished, file);
  syncDirectory(dirname(file));
}
