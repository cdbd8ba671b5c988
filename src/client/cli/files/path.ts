import { homedir } from "node:os";
import { join } from "node:path";

/** What people type as a path: `~/` is their home directory. */
export function typedPath(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
