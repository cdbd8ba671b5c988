/** The client library under Node, in the oldest version that it is for. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { TestServer } from "../../support/server.ts";
import { FaultyProxy } from "../../support/weather/proxy.ts";
import { npmTools, run } from "../support.ts";

const name = `node-${process.platform}-${process.arch}`;
const directory = mkdtempSync(join(tmpdir(), "parley-node-"));
let tools: string;

beforeAll(async () => {
  tools = await npmTools(`${name}@22.13.1`, "expect@30.5.2");
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Makes a file that Node runs of each of these, with Node's own test runner in place of Bun's. */
async function bundle(...entrypoints: string[]): Promise<void> {
  await Bun.build({
    entrypoints: entrypoints.map((one) => join(import.meta.dir, one)),
    outdir: directory,
    naming: "[name].mjs",
    target: "node",
    plugins: [
      {
        name: "Node's test runner",
        setup(build) {
          build.onResolve({ filter: /^bun:test$/ }, () => ({ path: join(import.meta.dir, "bun-test.ts") }));
          build.onResolve({ filter: /^expect$/ }, () => ({ path: Bun.resolveSync("expect", tools) }));
        },
      },
    ],
  });
}

function node(...args: string[]): Promise<string> {
  const env = { STORE_PROGRAM: join(directory, "store-program.mjs") };
  return run([join(tools, "node_modules", name, "bin/node"), ...args], { cwd: directory, env });
}

test("the SQLite store keeps what it promises", async () => {
  await bundle("../../contract/client-store-sqlite.test.ts", "../../support/store-program.ts");
  const said = await node("--test", "--test-reporter=spec", "client-store-sqlite.test.mjs");
  expect(said).toMatch(/^ℹ pass [1-9]/m);
});

test("files are sent and fetched, and early refusals are heard", async () => {
  await using server = await TestServer.start();
  using proxy = await FaultyProxy.start(server.url);
  proxy.weather = () => ({ toClient: 3_000_000 });
  const { accessToken } = await server.register("alice");
  await bundle("transfers.ts");
  const said = await node("transfers.mjs", server.url, proxy.url, accessToken);
  expect(said.trim().split("\n")).toEqual(["refused", "uploaded", "downloaded"]);
});
