import { test } from "bun:test";
import { join } from "node:path";

import { openApiGenerator, pipInstall, Workshop } from "../support.ts";

test("openapi-generator, python: the client builds, talks, uploads and pages", async () => {
  await using workshop = await Workshop.open();
  await openApiGenerator(workshop, "-g", "python", "--additional-properties=packageName=parley");
  const site = join(workshop.directory, "site");
  await pipInstall(site, join(workshop.directory, "client"));
  await workshop.talk(["python3", join(import.meta.dir, "talk.py")], { PYTHONPATH: site });
});
