import { expect, test } from "bun:test";

import { type Job, JobGroup, Loop } from "../../src/core/job.ts";
import { openLog } from "../../src/core/log.ts";
import { ManualClock } from "../support/clock.ts";

/** Work that stands in a list; a piece named "broken" fails as long as it is there. */
function worker({ isEager = false } = {}) {
  const clock = new ManualClock();
  const todo: string[] = [];
  const done: string[] = [];
  const failures: string[] = [];
  const background = new Loop({
    name: "the work",
    clock,
    isEager,
    log: openLog(
      "error",
      () => 0,
      (line) => failures.push(line),
    ),
    async step() {
      const next = todo[0];
      if (next === undefined) return false;
      if (next === "broken") throw new Error("broken");
      todo.shift();
      done.push(next);
      return true;
    },
  });
  return { clock, todo, done, failures, background };
}

test("what is there at the start is done, one piece after another", async () => {
  const { todo, done, background } = worker();
  todo.push("a", "b", "c");
  await background.start();
  await background.settled();
  expect(done).toEqual(["a", "b", "c"]);
  await background.stop();
});

test("what comes later is done when it is woken, also while it is busy", async () => {
  const { todo, done, background } = worker();
  await background.start();
  await background.settled();
  todo.push("a");
  background.wake();
  todo.push("b");
  background.wake();
  await background.settled();
  expect(done).toEqual(["a", "b"]);
  await background.stop();
});

test("a piece that fails is told of and tried again after a while", async () => {
  const { clock, todo, done, failures, background } = worker();
  todo.push("broken", "after");
  await background.start();
  while (failures.length === 0) await Promise.resolve();
  expect(done).toEqual([]);
  todo[0] = "mended";
  clock.turn(999);
  expect(done).toEqual([]);
  clock.turn(1);
  await background.settled();
  expect(done).toEqual(["mended", "after"]);
  expect(failures).toHaveLength(1);
  await background.stop();
});

test("a stop does not begin another piece, and whoever waits is let go", async () => {
  const { todo, done, failures, background } = worker();
  todo.push("broken", "never");
  await background.start();
  while (failures.length === 0) await Promise.resolve();
  const waiting = background.settled();
  await background.stop();
  await waiting;
  expect(done).toEqual([]);
});

test("what fails is tried again after a second, then two, four and so on, however often it is woken", async () => {
  const { clock, todo, failures, background } = worker();
  todo.push("broken");
  await background.start();
  await failedTimes(1);
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const before = failures.length;
    for (let i = 0; i < 20; i++) {
      background.wake();
      await Promise.resolve();
    }
    clock.turn(seconds * 1000 - 1);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect(failures.length).toBe(before);
    clock.turn(1);
    await failedTimes(before + 1);
  }
  expect(background.isRetrying).toBe(true);
  await background.stop();

  async function failedTimes(times: number) {
    while (failures.length < times) await Promise.resolve();
  }
});

test("where somebody waits for it, being woken ends the wait", async () => {
  const { todo, done, failures, background } = worker({ isEager: true });
  todo.push("broken");
  await background.start();
  while (failures.length === 0) await Promise.resolve();
  todo[0] = "mended";
  background.wake();
  await background.settled();
  expect(done).toEqual(["mended"]);
  await background.stop();
});

test("it is settled when nothing is left, also where it rests between its steps", async () => {
  const todo = ["a", "b", "c"];
  const log = openLog(
    "error",
    () => 0,
    () => {},
  );
  // Longer than a test may take: who waits ends the rest.
  const restMilliseconds = 3_600_000;
  const step = async () => todo.shift() !== undefined;
  const loop = new Loop({ name: "the work", clock: new ManualClock(), log, restMilliseconds, step });
  await loop.start();
  await loop.settled();
  expect(todo).toEqual([]);
  await loop.stop();
});

test("jobs of a group stop at the same time, and all of them though one fails", async () => {
  const stopping: string[] = [];
  const all = Promise.withResolvers<void>();
  const job = (name: string): Job => ({
    name,
    start: async () => {},
    settled: async () => {},
    async stop() {
      if (stopping.push(name) === 3) all.resolve();
      await all.promise;
      if (name === "b") throw new Error("broken");
    },
  });
  const group = new JobGroup("the jobs", [job("a"), job("b"), job("c")]);
  await group.start();
  await expect(group.stop()).rejects.toThrow("broken");
  expect(stopping).toEqual(["a", "b", "c"]);
});
