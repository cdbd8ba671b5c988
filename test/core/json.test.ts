import { expect, test } from "bun:test";

import { parseJson, requireShallow } from "../../src/core/json.ts";
import { ChatError } from "../../src/core/errors.ts";

const nested = (levels: number, [open, close]: [string, string]) =>
  parseJson(`${open.repeat(levels)}1${close.repeat(levels)}`);

test("values nested in lists or objects are taken up to 32 levels, and no deeper", () => {
  for (const kind of [
    ["[", "]"],
    ['{"a":', "}"],
    ['{"0":[2,', "]}"],
  ] satisfies [string, string][]) {
    const each = kind[0].includes("[2") ? 2 : 1;
    expect(nested(32 / each, kind)).toBeDefined();
    expect(() => nested(32 / each + 1, kind)).toThrow(ChatError);
  }
});

test("looking at a list makes no key of each of its places", () => {
  let lists = 0;
  let described = 0;
  const watched = new Proxy([1, [2], { a: 3 }], {
    ownKeys(list) {
      lists += 1;
      return Reflect.ownKeys(list);
    },
    getOwnPropertyDescriptor(list, key) {
      described += 1;
      return Reflect.getOwnPropertyDescriptor(list, key);
    },
  });
  requireShallow(watched);
  expect({ lists, described }).toEqual({ lists: 0, described: 0 });
});
