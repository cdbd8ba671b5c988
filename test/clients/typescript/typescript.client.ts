import { test } from "bun:test";
import { copyFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { npmTools, Workshop } from "../support.ts";

test("openapi-typescript: its types and openapi-fetch talk, upload and page", async () => {
  await using workshop = await Workshop.open();
  const tools = await npmTools("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3");
  symlinkSync(join(tools, "node_modules"), join(workshop.directory, "node_modules"));
  copyFileSync(join(import.meta.dir, "talk.ts"), join(workshop.directory, "talk.ts"));

  const tool = (name: string) => join(tools, "node_modules/.bin", name);
  await workshop.run([tool("openapi-typescript"), workshop.openApi, "--output", "api.d.ts"]);
  const options = "--noEmit --strict --target esnext --module preserve --lib esnext,dom";
  await workshop.run([tool("tsc"), ...options.split(" "), "talk.ts"]);
  await workshop.talk([process.execPath, "talk.ts"]);
});
