/** The README is short, and its client lets two people talk. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { talk } from "./support/conversation.ts";
import { Home } from "./support/executable.ts";
import { draw, picture } from "./support/picture.ts";
import { root } from "./support/reference.ts";
import { newcomer, servers } from "./support/newcomer.ts";

setDefaultTimeout(30_000);

test.each(Object.entries(servers))("two people talk as its picture shows, with %s", async (_, options) => {
  await using home = new Home();
  const server = await home.start({ ...options, settings: newcomer });
  expect(draw(await talk(server))).toBe(await Bun.file(picture).text());
});

test("it has at most 900 words", async () => {
  const readme = await Bun.file(join(root, "README.md")).text();
  expect(readme.split(/\s+/).length).toBeLessThanOrEqual(900);
});
