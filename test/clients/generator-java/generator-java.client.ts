import { test } from "bun:test";
import { join } from "node:path";

import { openApiGenerator, Workshop } from "../support.ts";

test("openapi-generator, java: the client builds, talks, uploads and pages", async () => {
  await using workshop = await Workshop.open();
  const names = "invokerPackage=parley,apiPackage=parley.api,modelPackage=parley.model";
  await openApiGenerator(workshop, "-g", "java", "--library", "native", `--additional-properties=${names}`);
  const skipped = ["-DskipTests", "-Dmaven.javadoc.skip=true", "-Dmaven.source.skip=true"];
  await workshop.run(["mvn", "-q", "-B", "-f", "client", "package", ...skipped]);
  const classPath = ["client/target/classes", "client/target/lib/*"].join(":");
  await workshop.talk(["java", "-cp", classPath, join(import.meta.dir, "Talk.java")]);
});
