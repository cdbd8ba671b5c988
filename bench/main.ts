/** `bun bench/main.ts [row …]`: measures the built executable (or the one PARLEY names) and prints one table. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { calls } from "./rows/calls.ts";
import { chats } from "./rows/chats.ts";
import { client } from "./rows/client.ts";
import { comingBack } from "./rows/coming-back.ts";
import { epochs } from "./rows/epochs.ts";
import { fanout } from "./rows/fanout.ts";
import { history } from "./rows/history.ts";
import { hostile } from "./rows/hostile.ts";
import { limited } from "./rows/limited.ts";
import { logins } from "./rows/logins.ts";
import { memory } from "./rows/memory.ts";
import { pauses } from "./rows/pauses.ts";
import { push } from "./rows/push.ts";
import { search } from "./rows/search.ts";
import { start } from "./rows/start.ts";
import { thumbnails } from "./rows/thumbnails.ts";
import { transfers } from "./rows/transfers.ts";
import { type Figure, printTable } from "./table.ts";

const parley = process.env["PARLEY"] ?? join(import.meta.dir, "../dist/parley");
const rows: Record<string, (parley: string, directory: string) => Promise<Figure[]>> = {
  fanout,
  limited,
  memory,
  start,
  history,
  calls,
  logins,
  pauses,
  search,
  chats,
  "coming-back": comingBack,
  transfers,
  hostile,
  thumbnails,
  push,
  client,
  epochs,
};
/** Far more than all rows take: whatever hangs, this ends. */
const mostMilliseconds = 900_000;

function problemWith(names: string[]): string | undefined {
  const unknown = names.find((name) => !Object.hasOwn(rows, name));
  if (unknown !== undefined) return `There is no row ${unknown}; there are ${Object.keys(rows).join(", ")}.`;
  return existsSync(parley) ? undefined : `${parley} is missing: npm run build makes it.`;
}

async function measure(names: string[]): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "parley-bench-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  const figures: Figure[] = [];
  for (const name of names) {
    console.error(`measuring ${name}`);
    figures.push(...(await rows[name]!(parley, directory)));
  }
  return figures;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
setTimeout(() => process.exit(1), mostMilliseconds);
const names = process.argv.slice(2);
const problem = problemWith(names);
if (problem !== undefined) {
  console.error(problem);
  process.exit(2);
}
printTable(await measure(names.length > 0 ? names : Object.keys(rows)));
process.exit(0);
