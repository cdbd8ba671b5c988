import { test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { Workshop } from "../support.ts";

const generator = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2";
const runtime = "github.com/oapi-codegen/runtime@v1.9.0";

test("oapi-codegen: the client builds, talks, uploads and pages", async () => {
  await using workshop = await Workshop.open();
  copyFileSync(join(import.meta.dir, "talk.go"), join(workshop.directory, "talk.go"));
  mkdirSync(join(workshop.directory, "parley"));

  const what = ["-generate", "types,client", "-package", "parley", "-o", "parley/parley.go"];
  await workshop.run(["go", "run", generator, ...what, workshop.openApi]);
  await workshop.run(["go", "mod", "init", "talk"]);
  await workshop.run(["go", "get", runtime]);
  await workshop.run(["go", "mod", "tidy"]);
  await workshop.run(["go", "build", "-o", "talk", "."]);
  await workshop.talk([join(workshop.directory, "talk")]);
});
