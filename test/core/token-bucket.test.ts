import { expect, test } from "bun:test";

import { TokenBuckets } from "../../src/core/token-bucket.ts";
import { ManualClock } from "../support/clock.ts";

function buckets(burst: number, perSecond: number, maxKeys?: number) {
  const clock = new ManualClock();
  return { clock, budget: new TokenBuckets({ burst, perSecond }, () => clock.monotonic(), maxKeys) };
}

test("a burst is let through, then one is told how long to wait, and after that time let through again", () => {
  const { clock, budget } = buckets(3, 0.5);
  expect([1, 2, 3].map(() => budget.take("ann"))).toEqual([0, 0, 0]);
  const wait = budget.take("ann");
  expect(wait).toBe(2);
  clock.turn(wait * 1000 - 1);
  expect(budget.take("ann")).toBeGreaterThan(0);
  clock.turn(1);
  expect(budget.take("ann")).toBe(0);
  expect(budget.take("ann")).toBeGreaterThan(0);
});

test("asking too early costs nothing", () => {
  const { clock, budget } = buckets(1, 1);
  budget.take("ann");
  for (let i = 0; i < 100; i++) expect(budget.take("ann")).toBe(1);
  clock.turn(1000);
  expect(budget.take("ann")).toBe(0);
});

test("over a long time no more is let through than the rate", () => {
  const { clock, budget } = buckets(10, 5);
  let taken = 0;
  for (let second = 0; second < 100; second++) {
    for (let i = 0; i < 50; i++) if (budget.take("ann") === 0) taken += 1;
    clock.turn(1000);
  }
  expect(taken).toBe(10 + 99 * 5);
});

test("a long rest gives the whole burst back, and no more", () => {
  const { clock, budget } = buckets(3, 1);
  for (let i = 0; i < 3; i++) budget.take("ann");
  clock.turn(3_600_000);
  expect([1, 2, 3, 4].map(() => budget.take("ann") === 0)).toEqual([true, true, true, false]);
});

test("one person's budget is not another's; a number is not the same key as its digits", () => {
  const { budget } = buckets(1, 0.001);
  expect(budget.take("ann")).toBe(0);
  expect(budget.take("bob")).toBe(0);
  expect(budget.take(7)).toBe(0);
  expect(budget.take("7")).toBe(0);
  expect(budget.take("ann")).toBeGreaterThan(0);
});

test("a refilled budget is whole again", () => {
  const { budget } = buckets(2, 0.001);
  budget.take("ann");
  budget.take("ann");
  expect(budget.take("ann")).toBeGreaterThan(0);
  budget.refill("ann");
  expect([1, 2].map(() => budget.take("ann"))).toEqual([0, 0]);
});

test("a flood of strangers costs bounded memory, and does not free somebody who goes on asking", () => {
  const { budget } = buckets(1, 0.001, 100);
  budget.take("ann");
  for (let i = 0; i < 10_000; i++) {
    budget.take(`stranger ${i}`);
    if (i % 50 === 0) expect(budget.take("ann")).toBeGreaterThan(0);
  }
  // Those who have been quiet for longest are forgotten.
  expect(budget.take("stranger 0")).toBe(0);
  expect(budget.take("stranger 9999")).toBeGreaterThan(0);
});

test("several are taken together or not at all", () => {
  const { clock, budget } = buckets(10, 2);
  expect(budget.take("ann", 7)).toBe(0);
  expect(budget.take("ann", 4)).toBe(1);
  expect(budget.take("ann", 3)).toBe(0);
  clock.turn(2000);
  expect([budget.take("ann", 4), budget.take("ann", 1)]).toEqual([0, 1]);
});

test("what is owed is waited for, and taken once", () => {
  const { clock, budget } = buckets(10, 2);
  expect(budget.owe("ann", 10)).toBe(0);
  expect(budget.owe("ann", 4)).toBe(2000);
  expect(budget.owe("ann", 4)).toBe(4000);
  clock.turn(4000);
  expect(budget.owe("ann", 0)).toBe(0);
  expect(budget.take("ann")).toBe(1);
  expect(budget.owe("ben", 9)).toBe(0);
});
