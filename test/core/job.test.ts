import { expect, test } from "bun:test";

import { Loop } from "../../src/core/job.ts";
import { openLog } from "../../src/core/log.ts";
import { ManualClock } from "../support/clock.ts";

/** Work that stands in a list; a piece named "broken" fails as long as it is there. */
function worker() {
  const clock = new ManualClock();
  const todo: string[] = [];
  const done: string[] = [];
  const failures: string[] = [];
  const background = new Loop({
    name: "the work",
    clock,
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
