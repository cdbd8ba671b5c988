/** What tests of the client library use of `bun:test`, for Node. */
import { test as run } from "node:test";

export { expect } from "expect";
export { describe } from "node:test";

/** Names its cases as Bun does, with the value in place of `%d`. */
export const test = Object.assign(
  (name: string, check: () => unknown) => run(name, async () => void (await check())),
  {
    each:
      <T>(cases: T[]) =>
      (name: string, check: (value: T) => unknown) => {
        for (const one of cases) test(name.replace("%d", String(one)), () => check(one));
      },
  },
);
