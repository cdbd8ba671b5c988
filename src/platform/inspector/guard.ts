import { dlopen, FFIType } from "bun:ffi";
import { writeFileSync } from "node:fs";

import { lowerPriority } from "../priority.ts";

/** PR_SET_PDEATHSIG and SIGKILL of Linux, prctl(2). */
const dieWithParent = 1;
const sigkill = 9;
/** The first to be ended where memory is short (proc_pid_oom_score_adj(5)). */
const expendable = "1000";

/**
 * Makes this process one that hurts nobody: it ends with the one that started it, also in the middle of a file, and
 * gives way in everything. What a system does not offer is done without: the parent watches, too.
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
