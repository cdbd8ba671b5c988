/** The operator's door, by itself. */
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

import { askServer, controlFile, listenForOperator, type Operations } from "../src/control.ts";
import { ChatError } from "../src/core/errors.ts";
import { openLog } from "../src/core/log.ts";

const schema = z.object({ name: z.string() });
const operations: Operations = new Map([
  ["greet", { schema, run: async (input: Record<string, unknown>) => `Hello ${String(input["name"])}` }],
  ["refuse", { schema, run: () => Promise.reject(new ChatError("not_found", "There is nobody.")) }],
  ["break", { schema, run: () => Promise.reject(new Error("the moon is in the way")) }],
]);

test("what nobody expected is told without its words, and stands in the log with what was asked for", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-control-"));
  const lines: string[] = [];
  const stop = listenForOperator(
    dataDir,
    operations,
    openLog("debug", Date.now, (line) => lines.push(line)),
  )!;
  const ask = (name: string, input: object = { name: "Bob" }) => askServer(dataDir, name, input);
  expect(await ask("greet")).toEqual({ result: "Hello Bob" });
  expect(await ask("refuse")).toEqual({ problem: "There is nobody." });
  expect(await ask("greet", {})).toEqual({ problem: expect.stringContaining("name") });
  expect(await ask("dance")).toEqual({ problem: expect.stringContaining("dance") });
  expect(lines).toEqual([]);

  expect(await ask("break")).toEqual({ problem: expect.not.stringContaining("moon") });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "error", message: "an operation failed", name: "break", error: "Error: the moon is in the way" },
  ]);
  await stop();
  expect(existsSync(controlFile(dataDir))).toBe(false);
  expect(await ask("greet")).toBeUndefined();
  rmSync(dataDir, { recursive: true });
});
