import { test } from "bun:test";
import { join } from "node:path";

import { npmTools, Workshop } from "../support.ts";

test("redocly has nothing to say against the OpenAPI document", async () => {
  await using workshop = await Workshop.open();
  const tools = await npmTools("@redocly/cli@2.77.0");
  const config = join(import.meta.dir, "redocly.yaml");
  await workshop.run(
    [join(tools, "node_modules/.bin/redocly"), "lint", "--config", config, workshop.openApi],
    {
      REDOCLY_TELEMETRY: "off",
      REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
    },
  );
});

test("spectral has nothing to say against the OpenAPI and AsyncAPI documents", async () => {
  await using workshop = await Workshop.open();
  const tools = await npmTools("@stoplight/spectral-cli@6.16.3");
  const rules = ["--ruleset", join(import.meta.dir, "spectral.yaml"), "--fail-severity", "hint"];
  const documents = [workshop.openApi, workshop.asyncApi];
  await workshop.run([join(tools, "node_modules/.bin/spectral"), "lint", ...rules, ...documents]);
});
