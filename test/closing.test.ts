/** What was opened is closed, however a start or a stop fails. */
import { expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Loop } from "../src/core/job.ts";
import { describeError } from "../src/core/log.ts";
import { Following } from "../src/events/followers.ts";
import { Journal } from "../src/events/journal.ts";
import { ProcessInspector } from "../src/platform/inspector/process.ts";
import { Home } from "./support/executable.ts";
import { TestServer } from "./support/server.ts";

setDefaultTimeout(30_000);

const trouble = new Error("it is stuck");

/** Whoever closes the database empties its log: what is left in it shows that nobody has. */
const logBytes = (dataDir: string) =>
  statSync(join(dataDir, "db", "chat.sqlite-wal"), { throwIfNoEntry: false })?.size ?? 0;

const parts = {
  "what looks into files": () => spyOn(ProcessInspector.prototype, "close").mockRejectedValueOnce(trouble),
  "what follows the journal": () => spyOn(Following.prototype, "stop").mockRejectedValueOnce(trouble),
  "what works in the background": () => spyOn(Loop.prototype, "stop").mockRejectedValueOnce(trouble),
};

test.each(Object.entries(parts))("a stop closes all the rest when %s does not", async (_, breaking) => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const socket = await alice.connect();
  using _broken = breaking();
  expect(await server.app.stop().catch((error: unknown) => error)).toBe(trouble);
  expect(await socket.closed).toBe(1012);
  expect(logBytes(server.dataDir)).toBe(0);
  // Nobody has the port or the data.
  await server.restart({ port: Number(new URL(server.url).port) });
  expect((await server.login("alice")).id).toBe(alice.id);
});

test("of several parts that do not close each is told", async () => {
  await using server = await TestServer.start();
  using _one = spyOn(ProcessInspector.prototype, "close").mockRejectedValueOnce(new Error("first"));
  using _other = spyOn(Following.prototype, "stop").mockRejectedValueOnce(new Error("second"));
  const error = await server.app.stop().catch((reason: unknown) => reason);
  expect(describeError(error)).toMatchObject({ error: "Error: second", before: { error: "Error: first" } });
  expect(logBytes(server.dataDir)).toBe(0);
});

const steps = {
  "the journal": () => spyOn(Journal, "open").mockRejectedValueOnce(trouble),
  "what follows it": () => spyOn(Following.prototype, "start").mockRejectedValueOnce(trouble),
  "what works in the background": () => spyOn(Loop.prototype, "start").mockRejectedValueOnce(trouble),
};

test.each(Object.entries(steps))("a start that fails at %s leaves nothing open", async (_, breaking) => {
  await using server = await TestServer.start();
  await server.app.stop();
  {
    using _broken = breaking();
    expect(await server.open().catch((error: unknown) => error)).toBe(trouble);
  }
  expect(logBytes(server.dataDir)).toBe(0);
  await server.open();
  await server.register("alice");
});

test("a start that its directory does not allow is explained in one sentence, and leaves the data whole", async () => {
  await using home = new Home();
  const first = await home.start();
  await first.register("alice");
  await first.kill("SIGTERM");
  const media = join(home.dataDir, "media");
  await Bun.$`rm -r ${media}`.quiet();
  writeFileSync(media, "in the way");
  const refused = await home.run([]);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.errors).toMatch(/^DATA_DIR: [^\n]+\.$/);
  expect(logBytes(home.dataDir)).toBe(0);
  await Bun.$`rm ${media}`.quiet();
  await (await home.start()).login("alice");
});

test("a stop of which a part fails is told by the exit code and the log, and the data are whole", async () => {
  await using home = new Home();
  const server = await home.start();
  await server.register("alice");
  const socket = join(home.dataDir, "parley.sock");
  await Bun.$`rm ${socket}`.quiet();
  mkdirSync(join(socket, "in the way"), { recursive: true });
  expect(await server.kill("SIGTERM")).toBe(1);
  const [line] = server.log.map((one) => JSON.parse(one)).filter((one) => one.level === "error");
  expect(line).toMatchObject({ message: "not everything could be closed", error: expect.any(String) });
  expect(logBytes(home.dataDir)).toBe(0);
  expect(existsSync(socket)).toBe(true);

  // Nor does that keep the next one from serving.
  const next = await home.start();
  await next.login("alice");
  expect(next.log.map((one) => JSON.parse(one))).toContainEqual(
    expect.objectContaining({ level: "warn", message: expect.stringContaining("no socket file") }),
  );
});
