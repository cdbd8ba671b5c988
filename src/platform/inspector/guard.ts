import { dlopen, FFIType } from "bun:ffi";
import { writeFileSync } from "node:fs";

import { lowerPriority } from "../priority.ts";

/** PR_SET_PDEATHSIG and SIGKILL of Linux, prctl(2). */
const dieWithParent = 1;
const sigkill = 9;
/** The first to be killed when memory is short (proc_pid_oom_score_adj(5)). */
const expendable = "1000";

/**
 * Makes this process end with its parent, also in the middle of a file, and gives it low priority for processor and
 * memory. On systems that do not offer this it goes on without, because the parent watches, too.
 */
export function giveWay(): void {
  try {
    const { symbols } = dlopen("libc.so.6", {
      prctl: { args: [FFIType.i32, FFIType.u64], returns: FFIType.i32 },
    });
    symbols.prctl(dieWithParent, BigInt(sigkill));
  } catch {
    // Another system, or no permission.
  }
  lowerPriority();
  try {
    writeFileSync("/proc/self/oom_score_adj", expendable);
  } catch {
    // The same.
  }
}
