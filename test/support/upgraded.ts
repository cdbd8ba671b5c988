/** The data in test/fixtures/data under a server of these sources, which starts at the moment at which the other stopped. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ManualClock } from "./clock.ts";
import { readLines, restoreData } from "./data.ts";
import type { Kept, SeenBySome, Told } from "./every-row.ts";
import type { Person } from "./person.ts";
import { TestServer } from "./server.ts";

/** Written by the executable of this release. */
const release = "0.1.0";
export const folder = join(import.meta.dir, "../fixtures/data", release);

export const kept = (await Bun.file(join(folder, "kept.json")).json()) as Kept;
export const seen = readLines<SeenBySome>(join(folder, "seen.jsonl"));
export const told = readLines<Told>(join(folder, "replayed.jsonl"));

export async function startUpgraded(): Promise<{ server: TestServer; people: Record<string, Person> }> {
  const clock = new ManualClock();
  clock.set(kept.stopped.at - clock.now());
  const server = await TestServer.start({ clock });
  await stopAndRestore(server);
  await server.open();
  await server.settled();
  const people = Object.entries(kept.signedIn).map(([name, one]) => [name, server.as(one)] as const);
  return { server, people: Object.fromEntries(people) };
}

/** The data as the executable left them, in place of whatever the server has. */
export async function stopAndRestore({ app, dataDir }: TestServer): Promise<void> {
  await app.stop();
  rmSync(dataDir, { recursive: true });
  mkdirSync(dataDir, { mode: 0o700 });
  restoreData(folder, dataDir);
}
