import { test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";

import { cacheDirectory, openApiGenerator, Workshop } from "../support.ts";

test("openapi-generator, rust: the client builds, talks, uploads and pages", async () => {
  await using workshop = await Workshop.open();
  const names = "--additional-properties=packageName=parley";
  await openApiGenerator(workshop, "-g", "rust", "--library", "reqwest", names);
  cpSync(join(import.meta.dir, "talk"), join(workshop.directory, "talk"), { recursive: true });
  const target = cacheDirectory("rust");
  await workshop.run([
    "cargo",
    "build",
    "--quiet",
    "--manifest-path",
    "talk/Cargo.toml",
    "--target-dir",
    target,
  ]);
  await workshop.talk([join(target, "debug/talk")]);
});
