/** A disk that says it could not write: repeating the flush would lie, so the server ends. */
import { expect, test } from "bun:test";
import { join } from "node:path";

import { Home } from "../support/executable.ts";
import { Load } from "../support/load.ts";
import { Chance } from "../support/random.ts";
import { databaseFiles, lookAfter } from "./aftermath.ts";
import { lucks } from "./disk.ts";
import { readTrace, tracing } from "./trace.ts";

test("after a flush that failed nothing more is acknowledged, and the server ends with 74", async () => {
  await using home = new Home();
  const output = join(home.directory, "trace");
  const files = databaseFiles.map((name) => join(home.dataDir, "db", name));
  const failing = ["-e", "inject=fdatasync:error=EIO:when=300+"];
  const server = await home.start({ under: [...tracing(output, files), ...failing] });
  const chance = new Chance();
  const load = await Load.prepare(server, { people: 10, chats: 2, window: 4, chance });
  await load.connect(server.url);
  load.talk();
  expect(await server.exited).toBe(74);
  await load.closed();
  expect(server.log.at(-1)).toContain("cannot be made durable");

  const acknowledged = [...load.acknowledged].sort(([, a], [, b]) => a.at - b.at);
  const trace = readTrace(output);
  const failed = trace.calls.filter((one) => one.name === "fdatasync" && one.end === Infinity);
  // What was acknowledged up to the very end is what was flushed before.
  const found = lucks.map((luck) => lookAfter({ trace, acknowledged }, trace.times.length, luck, chance));
  console.log(`${acknowledged.length} messages acknowledged, ${failed.length} flushes failed`);
  expect(found.filter((one) => one.lost > 0 || one.damage !== "")).toEqual([]);
  expect(failed).toHaveLength(1);
  expect(acknowledged.length).toBeGreaterThan(100);

  const again = await home.start();
  await load.connect(again.url);
  await load.finish();
  expect(load.problems).toEqual([]);
}, 60_000);
