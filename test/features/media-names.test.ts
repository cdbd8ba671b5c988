/** Names that files are shown with and saved under. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { safeName, shownName } from "../../src/features/files/uploads/names.ts";
import { contradicts, known } from "../../src/features/files/uploads/types.ts";
import { note } from "../support/files.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(5000);

/** With a look at all of the rest for each character they would take longer than a test may. */
const long = 200_000;

test.each([
  ["dots", `a${".".repeat(long)}b`],
  ["blanks", `a${" ".repeat(long)}b`],
  ["dots before an ending", `${".".repeat(long)}b.txt`],
  ["characters of three bytes", "€".repeat(long)],
  ["small endings", ".txt".repeat(long / 4)],
])("a name of very many %s is made safe at once", (_, name) => {
  const safe = safeName(name, "text/plain");
  expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
  expect(safe).not.toMatch(/^[\s.]|[\s.]$/);
  expect(shownName(name).length).toBeLessThanOrEqual(255);
});

test("a long name keeps its ending, whole characters, and as much as there is room for", () => {
  expect(safeName(`${"€".repeat(100)}.jpg`, "image/jpeg")).toBe(`${"€".repeat(65)}.jpg`);
  expect(safeName(`${"😀".repeat(100)}.jpg`, "image/jpeg")).toBe(`${"😀".repeat(49)}.jpg`);
  expect(shownName(`${"a".repeat(300)}.tar.gz`)).toBe(`${"a".repeat(252)}.gz`);
  expect(shownName("😀".repeat(200))).toBe("😀".repeat(127));
  expect(safeName(" .. a b.txt. . ", "text/plain")).toBe("a b.txt");
  expect(safeName(" . ", "text/plain")).toBe("file.txt");
});

test("of a declared type only as much is read as a type may have", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const type = `image/${"x".repeat(9000)}`;
  expect(contradicts(type, known.text)).toBe(false);
  const pdf = new File(["%PDF-1.7"], "a.pdf", { type });
  const { status, body } = await alice.upload([pdf]);
  expect([status, body.code]).toEqual([422, "type_mismatch"]);
  expect(body.detail.length).toBeLessThan(300);
  expect((await alice.upload([note("text", "a.txt", type)])).status).toBe(201);
});
