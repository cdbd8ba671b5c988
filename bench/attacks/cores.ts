import { availableParallelism } from "node:os";

const canPin = Bun.which("taskset") !== null && availableParallelism() > 1;
/** Scheduled before everything else there, so that it is late for nobody's work but its own. */
const atOnce = ["chrt", "--rr", "1"];
const isLetFirst = Bun.which("chrt") !== null && Bun.spawnSync([...atOnce, "true"]).exitCode === 0;

/** Before the server's command: it has a core of its own, so that it is not short of what its attackers take. */
export const alone = pinnedTo(0);

/** Before the command of those who measure. */
export const beside = [...pinnedTo(1), ...(isLetFirst ? atOnce : [])];

/** Before the command of attackers: they give way to those who measure. */
export const behind = [...pinnedTo(1), ...(isLetFirst ? [] : ["nice", "-n", "15"])];

function pinnedTo(core: number): string[] {
  return canPin ? ["taskset", "-c", String(core)] : [];
}
