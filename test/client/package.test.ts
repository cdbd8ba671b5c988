/** What the README of the package promises. That its program runs is in test/clients/package. */
import { expect, test } from "bun:test";
import { join } from "node:path";

import { root } from "../support/reference.ts";

test("a first conversation takes at most 15 lines", async () => {
  const readme = await Bun.file(join(root, "src/client/package/README.md")).text();
  const [, program = ""] = /^```js\n([^]*?)^```/m.exec(readme) ?? [];
  expect(program).toContain('from "parley-client"');
  expect(program.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
});
