import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the names in a directory survive a power cut: a file's own flush does not. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
