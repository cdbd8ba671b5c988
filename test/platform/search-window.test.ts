/** How many messages a search asks a table for at a time. */
import { expect, test } from "bun:test";

import { Window } from "../../src/platform/search/window.ts";

test("a table that took long without finding anything is asked for fewer messages next, but for one at least", () => {
  const window = new Window(2);
  const first = window.ids;
  window.adapt(80, 0);
  expect(window.ids).toBeLessThan(first / 5);
  for (let n = 0; n < 20; n++) window.adapt(1000, 0);
  expect(window.ids).toBe(1);
});

test("a table that was quick, or found much, is asked for more messages next, up to a bound", () => {
  for (const [milliseconds, rows] of [
    [0.1, 0],
    [80, 1000],
  ] as const) {
    const window = new Window(2);
    const first = window.ids;
    for (let n = 0; n < 20; n++) window.adapt(milliseconds, rows);
    expect(window.ids).toBeGreaterThan(first);
    expect(window.ids).toBeLessThanOrEqual(first * 4);
  }
});

test("the more is asked of a table, the fewer messages at a time; chats take their time to begin with", () => {
  expect(new Window(16).ids).toBeLessThan(new Window(4).ids);
  const [few, many] = [new Window(2), new Window(2, 500)];
  few.adapt(80, 0);
  many.adapt(80, 0);
  expect(many.ids).toBeGreaterThan(few.ids);
});
