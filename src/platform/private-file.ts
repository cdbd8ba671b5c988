import { chmodSync, closeSync, openSync, statSync } from "node:fs";

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
