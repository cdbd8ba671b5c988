import { setPriority } from "node:os";

/** Below everything that people wait for. */
const niceness = 10;

/**
 * Has this process, or on Linux this thread, give way to the others. Where that is not allowed, as under some ways to
 * confine a service, it goes on as before.
 */
export function lowerPriority(): void {
  try {
    setPriority(niceness);
  } catch {
    // Slower for others, but nothing is wrong.
  }
}
