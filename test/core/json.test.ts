import { expect, test } from "bun:test";

import { ChatError } from "../../src/core/errors.ts";
import { outermostString, parseJson } from "../../src/core/json.ts";

const limits = { depth: 4, keys: 6, members: 5 };
const least = (text: string) => parseJson(text, limits);

test.each([
  ["levels of lists", "[[[[1]]]]", "[[[[[1]]]]]"],
  ["levels of objects", '{"a":{"a":{"a":{"a":1}}}}', '{"a":{"a":{"a":{"a":{}}}}}'],
  ["members of a list", "[1,2,3,4,5,6]", "[1,2,3,4,5,6,7]"],
  ["members of lists in a list", "[[1,2],[3,4],[5,6]]", "[[1,2],[3,4],[5,6],[]]"],
  [
    "keys of an object",
    '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}',
    '{"a":{"b":{"c":1}},"d":{"e":{"f":{}},"g":1}}',
  ],
])("as many %s are taken as there may be, and no more", (_, most, tooMuch) => {
  expect(least(most)).toEqual(JSON.parse(most));
  expect(() => least(tooMuch)).toThrow(ChatError);
  expect(parseJson(tooMuch)).toEqual(JSON.parse(tooMuch));
});

test("what stands in a text counts for nothing, however it is escaped", () => {
  for (const text of [
    "[[[[[",
    "]]]]][[[[[",
    "a,,,,,,,b",
    ":::::::",
    '"',
    '\\"',
    "\\",
    '\\\\",[[[[[',
    '["[\\"',
    "é😀",
  ]) {
    for (const value of [text, [text], { [text]: text }]) {
      expect(least(JSON.stringify(value))).toEqual(value);
    }
  }
});

test("what is no JSON is refused as that, wherever its texts end", () => {
  for (const text of ['"', '"\\"', '{"a', "[1,", "\\", '[""', '"a"b"', ""])
    expect(() => least(text)).toThrow(ChatError);
});

test("a text of the outermost object is found without what is around it", () => {
  const find = (text: string) => outermostString(text, "id");
  expect(find('{"x":[[{"id":"no"}]],"id" : "yes","id2":"no"}')).toBe("yes");
  expect(find('{"id":"a\\"b\\u0001\\\\"}')).toBe('a"b\u0001\\');
  for (const none of [
    '{"id":7}',
    '{"x":{"id":"a"}}',
    '["id","a"]',
    '{"x":"id"}',
    '{"id":"a',
    '{"id"',
    '"id":"a"',
  ]) {
    expect(find(none)).toBeUndefined();
  }
});
