import { expect, test } from "bun:test";

import { fewTokens } from "../../src/platform/search/tokens.ts";

test("a table is asked for each token once, and of many for some that stand apart", () => {
  expect(fewTokens(["abc", "bca", "abc", "cab"])).toEqual(["abc", "bca", "cab"]);
  const many = Array.from({ length: 66 }, (_, n) => `t${n}`);
  const some = fewTokens(many);
  expect(some).toHaveLength(16);
  expect(new Set(some).size).toBe(16);
  const gaps = [...some, "t66"].map((one, n) => Number(one.slice(1)) - Number(some[n - 1]?.slice(1) ?? 0));
  expect(gaps[0]).toBe(0);
  for (const gap of gaps.slice(1)) expect(Math.abs(gap - 66 / 16)).toBeLessThanOrEqual(1);
});
