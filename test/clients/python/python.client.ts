import { test } from "bun:test";
import { join } from "node:path";

import { pipInstall, pythonTools, Workshop } from "../support.ts";

test("openapi-python-client: the client builds, talks, uploads and pages", async () => {
  await using workshop = await Workshop.open();
  const tools = await pythonTools("openapi-python-client==0.29.1");
  const config = join(import.meta.dir, "config.yaml");
  const options = ["--path", workshop.openApi, "--output-path", "client", "--config", config];
  await workshop.run(
    ["python3", "-m", "openapi_python_client", "generate", "--fail-on-warning", ...options],
    // It runs ruff.
    { PYTHONPATH: tools, PATH: `${tools}/bin:${process.env["PATH"]}` },
  );
  const site = join(workshop.directory, "site");
  await pipInstall(site, join(workshop.directory, "client"));
  await workshop.talk(["python3", join(import.meta.dir, "talk.py")], { PYTHONPATH: site });
});
