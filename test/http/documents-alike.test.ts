import { expect, test } from "bun:test";

import { type Config, loadConfig } from "../../src/config.ts";
import { TestServer } from "../support/server.ts";

/** Every number is another one, and so is what is chosen. */
const config: Partial<Config> = {
  ...Object.fromEntries(
    Object.entries(loadConfig({})).flatMap(([name, value]) =>
      typeof value === "number" ? [[name, value + 1]] : [],
    ),
  ),
  port: 0,
  passwordMemoryKib: 8,
  passwordIterations: 1,
  registration: "closed",
  rateLimits: "on",
  fileMetadata: "keep",
  publicUrl: "https://chat.example.org/talk",
  corsOrigins: ["https://app.example.net"],
  trustedProxies: ["127.0.0.1"],
};

test("the documents are the same on every server, whatever it is set to", async () => {
  await using usual = await TestServer.start();
  await using unusual = await TestServer.start({ config });
  for (const path of ["/openapi.json", "/asyncapi.json"]) {
    const [here, there] = await Promise.all(
      [usual, unusual].map(async ({ url }) => (await fetch(url + path)).text()),
    );
    expect(here!.length).toBeGreaterThan(1000);
    expect(there).toBe(here!);
  }
});
