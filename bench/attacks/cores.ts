import { availableParallelism } from "node:os";
import { writeFileSync } from "node:fs";

const canPin = Bun.which("taskset") !== null && availableParallelism() > 1;
/** Scheduled before everything else there, so that it is late for nobody's work but its own. */
const atOnce = ["chrt", "--rr", "1"];
const isLetFirst = Bun.which("chrt") !== null && Bun.spawnSync([...atOnce, "true"]).exitCode === 0;
/** Of a group of processes, as nice(1) has it. */
const priority = "-10";

/**
 * Before the server's command: it has a core of its own, so that it is not short of what its attackers take, and is a
 * group of its own among what else runs here.
 */
export const alone = [...pinnedTo(0), ...(Bun.which("setsid") === null ? [] : ["setsid"])];

/** Before the command of those who measure. */
export const beside = [...pinnedTo(1), ...(isLetFirst ? atOnce : [])];

/** Before the command of attackers: they give way to those who measure. */
export const behind = [...pinnedTo(1), ...(isLetFirst ? [] : ["nice", "-n", "15"])];

/** Has a group go before those of others who use this machine (sched(7), autogroup), where that is allowed. */
export function letFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, priority);
  } catch {
    // Then the idle run tells how busy the machine is with others.
  }
}

function pinnedTo(core: number): string[] {
  return canPin ? ["taskset", "-c", String(core)] : [];
}
