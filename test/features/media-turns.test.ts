import { expect, test } from "bun:test";

import { RoundRobin } from "../../src/features/files/processing/fairness.ts";

/** What each person has waiting, in the order in which it came; answers the order in which it is done. */
function orderOf(waiting: Record<number, number[]>): number[] {
  const turns = new RoundRobin();
  const order: number[] = [];
  for (;;) {
    const first = Object.entries(waiting).flatMap(([who, ids]) =>
      ids.length > 0 ? [{ uploaderId: Number(who), id: ids[0]! }] : [],
    );
    const next = turns.next(first);
    if (!next) return order;
    waiting[next.uploaderId]!.shift();
    order.push(next.id);
  }
}

test("one person's files are done in their order", () => {
  expect(orderOf({ 7: [1, 2, 3] })).toEqual([1, 2, 3]);
});

test("people take turns, whoever came first", () => {
  expect(orderOf({ 1: [1, 2, 3, 4], 2: [5], 3: [6, 7] })).toEqual([1, 5, 6, 2, 7, 3, 4]);
});

test("people who come anew, each with one file, do not keep waiting who has many", () => {
  const turns = new RoundRobin();
  const many = { uploaderId: 1, id: 1 };
  let others: (typeof many)[] = [];
  const served = Array.from({ length: 10 }, (_, i) => {
    others.push({ uploaderId: i + 2, id: i + 2 });
    const next = turns.next([many, ...others])!;
    others = others.filter((one) => one !== next);
    return next.uploaderId;
  });
  expect(served).toEqual([1, 2, 1, 3, 4, 1, 5, 6, 7, 1]);
});

test("nothing waits for ever, and nobody is remembered who has nothing waiting", () => {
  const turns = new RoundRobin();
  for (let i = 0; i < 100; i++) turns.next([{ uploaderId: i, id: i }]);
  expect(turns.next([])).toBeUndefined();
  const last = turns.next([
    { uploaderId: 1, id: 1000 },
    { uploaderId: 2, id: 999 },
  ]);
  expect(last?.id).toBe(999);
});
