/** `bun bench/attacks/main.ts [attack …]`: what attacks cost others, with the limits that are the default. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Attack } from "./attack.ts";
import { attacks } from "./attacks/all.ts";
import { Scene } from "./scene.ts";
import { missesOf, printRows, type Row } from "./table.ts";

const parley = process.env["PARLEY"] ?? join(import.meta.dir, "../../dist/parley");
/** An older one that is measured beside it. */
const before = process.env["BEFORE"];
/** More than all attacks take with two executables: whatever hangs, this ends. */
const mostMilliseconds = 1_200_000;

function problemWith(names: string[]): string | undefined {
  const unknown = names.find((name) => chosen([name]).length === 0);
  if (unknown !== undefined) {
    return `There is no attack ${unknown}; there are ${attacks.map((one) => one.name).join(", ")}.`;
  }
  const missing = [parley, before].find((one) => one !== undefined && !existsSync(one));
  return missing && `${missing} is missing: npm run build makes dist/parley.`;
}

/** All attacks whose name, or whose kind, is among `names`. */
function chosen(names: string[]): Attack[] {
  return attacks.filter((one) => names.some((name) => one.name === name || one.name.startsWith(`${name}-`)));
}

async function measure(those: readonly Attack[], directory: string): Promise<Row[]> {
  const scenes: [string, Scene][] = [];
  if (before !== undefined) scenes.push(["before", await Scene.open(before, join(directory, "before"))]);
  scenes.push([now, await Scene.open(parley, join(directory, "now"))]);
  const rows: Row[] = [];
  for (const attack of [undefined, ...those]) {
    for (const [which, scene] of scenes) {
      const name = attack?.name ?? "(idle)";
      console.error(`${name} ${which}`);
      rows.push({ attack: name, which, outcome: await scene.measure(attack) });
    }
  }
  return rows;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
setTimeout(() => process.exit(1), mostMilliseconds);
const names = process.argv.slice(2);
const problem = problemWith(names);
if (problem !== undefined) {
  console.error(problem);
  process.exit(2);
}
const now = before === undefined ? "" : "now";
const directory = mkdtempSync(join(tmpdir(), "parley-attacks-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const rows = await measure(names.length > 0 ? chosen(names) : attacks, directory);
printRows(rows);
const missed = rows.filter((row) => row.which === now && missesOf(row.outcome).length > 0);
console.log(missed.length > 0 ? "\nBeyond the goals:" : "\nAll goals are met.");
for (const { attack, outcome } of missed) console.log(`${attack}: ${missesOf(outcome).join("; ")}`);
process.exit(missed.length > 0 ? 1 : 0);
