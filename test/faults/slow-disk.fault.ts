/** A disk whose every flush takes 20 ms, checkpoints included: everybody waits for it but the event loop. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Home, type Running } from "../support/executable.ts";
import { Load } from "../support/load.ts";
import { moment } from "../support/moment.ts";
import { Chance } from "../support/random.ts";
import { inShort, percentile } from "./figures.ts";

const flushMilliseconds = 20;
const loadMilliseconds = 8000;

test("while every flush takes 20 ms, what needs no flush is answered in much less", async () => {
  await using home = new Home();
  const output = join(home.directory, "trace");
  const slow = ["strace", "-D", "-f", "--seccomp-bpf", "-ttt", "-e", "trace=fsync,fdatasync"].concat(
    ["-e", `inject=fsync,fdatasync:delay_exit=${flushMilliseconds * 1000}`],
    ["-o", output],
  );
  const server = await home.start({ settings: { CHECKPOINT_MB: "1" }, under: slow });
  const load = await Load.prepare(server, { people: 20, chats: 4, window: 2, chance: new Chance() });
  await load.connect(server.url);

  const quiet = await healthDuring(server, () => moment(1000));
  const from = Date.now();
  const busy = await healthDuring(server, async () => {
    load.talk();
    await moment(loadMilliseconds);
    await load.finish();
  });
  const to = Date.now();
  expect(await server.kill("SIGTERM")).toBe(0);

  const checkpoints = countCheckpoints(home);
  const onEventLoop = flushesOf(server.pid, output, from, to);
  console.log(
    `health without load ${inShort(quiet)}; under load ${inShort(busy)}; ` +
      `acknowledgements ${inShort(load.waits)}; ${checkpoints} checkpoints, ` +
      `${onEventLoop} flushes on the event loop's thread`,
  );
  expect(load.problems).toEqual([]);
  expect(percentile(load.waits, 0.5)).toBeGreaterThan(flushMilliseconds);
  // The middle, not the slowest: another program on the machine may hold any single answer up.
  expect(percentile(busy, 0.5)).toBeLessThan(flushMilliseconds);
  expect(checkpoints).toBeGreaterThan(3);
  expect(onEventLoop).toBe(0);
}, 60_000);

/** How long /health takes meanwhile, seen by a process that has nothing else to do. */
async function healthDuring(server: Running, work: () => Promise<void>): Promise<number[]> {
  const prober = Bun.spawn([process.execPath, join(import.meta.dir, "prober.ts"), `${server.url}/health`], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  await work();
  await prober.stdin.end();
  return JSON.parse(await new Response(prober.stdout).text());
}

/** How many flushes this thread asked for between two times. */
function flushesOf(thread: number, trace: string, from: number, to: number): number {
  return readFileSync(trace, "latin1")
    .split("\n")
    .map((line) => /^(\d+) +(\d+\.\d+) (fsync|fdatasync)\(/.exec(line))
    .filter((found) => Number(found?.[1]) === thread)
    .filter((found) => Number(found![2]) * 1000 > from && Number(found![2]) * 1000 < to).length;
}

/** The database counts them itself; its first one is the start. */
function countCheckpoints(home: Home): number {
  const db = new Database(join(home.dataDir, "db/chat.sqlite"), { readonly: true });
  const row = db.query<{ value: number }, []>("SELECT value FROM meta WHERE key = 'checkpoint'").get();
  db.close();
  return row!.value - 1;
}
