/** What lies in a directory, to the byte. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Found {
  uid: number;
  /** When it was changed last, and of a file what is in it. */
  state: string;
}

/** Everything below `directory` and itself, by its path from there. */
export function snapshot(directory: string): Map<string, Found> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return new Map(["", ...names.sort()].map((name) => [name, look(join(directory, name))]));
}

function look(path: string): Found {
  const { uid, mode, mtimeMs, isFile } = statOf(path);
  const content = isFile ? Bun.hash(readFileSync(path)).toString(36) : "";
  return { uid, state: `${mode} ${mtimeMs} ${content}` };
}

function statOf(path: string) {
  const stat = lstatSync(path);
  return { uid: stat.uid, mode: stat.mode, mtimeMs: stat.mtimeMs, isFile: stat.isFile() };
}

/** The paths of what is there and was not, was and is not, or is another. */
export function changed(before: Map<string, Found>, after: Map<string, Found>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name)?.state !== after.get(name)?.state).sort();
}
