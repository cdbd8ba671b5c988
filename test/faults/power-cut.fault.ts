/**
 * The power fails. A kill leaves to the system what was written and not flushed, so no kill test sees a missing
 * flush: here everything that the server writes and flushes is written down, and then the disk's contents after
 * a power cut at many moments are worked out, with any luck for what was not flushed.
 *
 * PROGRAM names another executable, SEED repeats the same cuts, CUTS says how many.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";

import { Home } from "../support/executable.ts";
import { Load } from "../support/load.ts";
import { Chance } from "../support/random.ts";
import { databaseFiles, lookAfter, type Recording } from "./aftermath.ts";
import { lucks } from "./disk.ts";
import { readTrace, tracing } from "./trace.ts";

const cuts = Number(process.env["CUTS"] ?? 40);
const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));

test("after a power cut at any moment everything acknowledged is there, and the database is whole", async () => {
  const { ready, ...recording } = await record();
  const { calls, times } = recording.trace;
  const checkpoints = calls.filter((one) => one.kind === "flush" && one.file === databaseFiles[0]).length;

  const found = Array.from({ length: cuts }, () => {
    const cut = ready + chance.below(times.length - ready);
    return lucks.map((luck) => lookAfter(recording, cut, luck, chance));
  }).flat();
  // The same server without its own flush: the losses that the test would have seen.
  const unflushed = { calls: calls.filter((one) => one.name !== "fdatasync"), times };
  const control = Array.from({ length: 20 }, () => {
    const cut = times.length - 1 - chance.below((times.length - ready) >> 1);
    return lookAfter({ ...recording, trace: unflushed }, cut, lucks[0]!, chance);
  });

  const losses = found.filter((one) => one.lost > 0 || one.damage !== "");
  const controlLosses = control.filter((one) => one.lost > 0).length;
  console.log(
    `seed ${chance.seed}: ${recording.acknowledged.length} messages acknowledged, ${calls.length} calls, ` +
      `${checkpoints} flushes of the database file, ${found.length} power cuts: ${losses.length} with a loss; ` +
      `without the server's own flush ${controlLosses} of ${control.length}`,
  );
  expect(losses).toEqual([]);
  expect(checkpoints).toBeGreaterThan(3);
  // That it is noticed when something is missing. Just after a checkpoint, which flushes by itself, nothing would be.
  expect(controlLosses).toBeGreaterThan(0);
}, 300_000);

/**
 * A few seconds of talk, with every change of the files and every acknowledgement written down; `ready` is the
 * place in the trace at which the server had begun to take calls.
 */
async function record(): Promise<Recording & { ready: number }> {
  await using home = new Home();
  const output = join(home.directory, "trace");
  const server = await home.start({
    settings: { CHECKPOINT_MB: "1" },
    under: tracing(
      output,
      databaseFiles.map((name) => join(home.dataDir, "db", name)),
    ),
  });
  const readyAt = Date.now();
  const load = await Load.prepare(server, { people: 10, chats: 2, window: 4, chance });
  await load.connect(server.url);
  load.talk();
  await load.untilAcknowledged(3000);
  await server.kill("SIGKILL");
  await load.closed();
  expect(load.problems).toEqual([]);
  const trace = readTrace(output);
  return {
    trace,
    ready: trace.times.findIndex((time) => time > readyAt),
    acknowledged: [...load.acknowledged].sort(([, a], [, b]) => a.at - b.at),
  };
}
