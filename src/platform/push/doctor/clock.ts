import { type Finding, ok, problem, warning } from "./finding.ts";
import type { Reached } from "./reach.ts";

const minute = 60_000;
const oddMinutes = 1;

/** This machine's clock beside those of others, of which the middle one counts; nothing where none has told the time. */
export function compareClocks(reached: readonly Reached[], mostMinutes: number): Finding[] {
  const all = reached.flatMap((one) => (one.isReached && one.fast !== undefined ? [one.fast] : []));
  const fast = all.sort((one, other) => one - other)[all.length >> 1];
  if (fast === undefined) return [];
  const minutes = Math.abs(fast) / minute;
  if (minutes <= oddMinutes) return [ok("This machine's clock is right.")];
  const much = `This machine's clock is ${describe(minutes)} ${fast > 0 ? "fast" : "slow"}`;
  if (minutes <= mostMinutes) return [warning(`${much}: let it be set by NTP.`)];
  return [problem(`${much}, so what this server signs is not taken: let the clock be set by NTP.`)];
}

function describe(minutes: number): string {
  return minutes < 120 ? `${Math.round(minutes)} minutes` : `${Math.round(minutes / 60)} hours`;
}
