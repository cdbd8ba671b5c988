import { setPriority } from "node:os";

/** Below everything that people wait for. */
const niceness = 10;

/**
 * Lowers the priority of this process, or on Linux of this thread. Where that is not allowed, as in some containers,
 * the priority stays.
 */
export function lowerPriority(): void {
  try {
    setPriority(niceness);
  } catch {
    // Slower for others, but nothing is wrong.
  }
}
