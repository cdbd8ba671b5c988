import { expect, test } from "bun:test";

import { spendIn } from "../../src/core/spending.ts";
import { TokenBuckets } from "../../src/core/token-bucket.ts";

const once = { transact: <T>(run: (tx: object) => Promise<T>) => run({}) };

test("what a verb takes is kept when it succeeds, and given back when its transaction fails or is run again", async () => {
  const budget = new TokenBuckets({ burst: 5, perSecond: 1 }, () => 0);
  const left = () => {
    let count = 0;
    while (budget.take("ann") === 0) count += 1;
    budget.giveBack("ann", count);
    return count;
  };
  const failing = spendIn(once, async (_, spending) => {
    spending.take(budget, "ann", 2);
    spending.take(budget, "ann");
    throw new Error("no space");
  });
  expect(await failing.catch((error: Error) => error.message)).toBe("no space");
  expect(left()).toBe(5);
  const again = {
    async transact<T>(run: (tx: object) => Promise<T>): Promise<T> {
      await run({});
      return run({});
    },
  };
  expect(await spendIn(again, async (_, spending) => spending.take(budget, "ann", 3))).toBe(0);
  expect(left()).toBe(2);
  // What could not be taken is not given back.
  expect(await spendIn(once, async (_, spending) => spending.take(budget, "ann", 3))).toBe(1);
  expect(left()).toBe(2);
});
