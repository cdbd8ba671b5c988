import { availableParallelism } from "node:os";

const serverCore = 0;
const othersCore = 1;
const canPin = Bun.which("taskset") !== null && availableParallelism() > 1;

/** Before the server's command: it has a core of its own, so that it is not short of what its attackers take. */
export const alone = pinnedTo(serverCore);

/** Before the command of those who measure. */
export const beside = pinnedTo(othersCore);

/** Before the command of attackers: they give way to those who measure. */
export const behind = [...beside, "nice", "-n", "15"];

function pinnedTo(core: number): string[] {
  return canPin ? ["taskset", "-c", String(core)] : [];
}
