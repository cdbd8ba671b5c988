/** What the system knows of processes (proc(5)). */
import { readdirSync, readFileSync } from "node:fs";

import { until } from "./until.ts";

/** The fields of proc_pid_stat(5) behind the name; undefined where there is no such process, or only its remains. */
export function statOf(pid: number): string[] | undefined {
  const fields = read(pid, "stat").split(") ").at(-1)!.split(" ");
  return ["", "Z", "X"].includes(fields[0]!) ? undefined : fields;
}

/** Empty where there is no such process any more. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}

/** Those with this word on their command line. */
export function childrenOf(parent: number, word: string): number[] {
  const all = readdirSync("/proc")
    .filter((one) => /^\d+$/.test(one))
    .map(Number);
  const isOne = (pid: number) => read(pid, "cmdline").split("\0").includes(word);
  return all.filter((pid) => statOf(pid)?.[1] === `${parent}` && isOne(pid));
}

/** The system tells nobody but its parent that a process has ended. */
export async function ended(pid: number): Promise<void> {
  await until(
    () => statOf(pid) === undefined,
    5000,
    () => `the process ${pid} is still there`,
  );
}
