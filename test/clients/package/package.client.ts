/** The client library as a package: what `bun run build:sdk` makes, installed by npm, under each runtime that it is for. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Device } from "../../support/guide.ts";
import { password, TestServer } from "../../support/server.ts";
import { npmTools, run } from "../support.ts";

setDefaultTimeout(60_000);

const root = resolve(import.meta.dir, "../../..");
const made = join(root, "dist/sdk");
const binary = `node-${process.platform}-${process.arch}`;
/** The oldest that it is for. */
const nodes = { node22: `${binary}@22.13.1`, node20: `${binary}@20.9.0` };

let directory: string;
let server: TestServer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "parley-package-"));
  await run([process.execPath, "src/client/package/build.ts"], { cwd: root });
  const packed = await run(["npm", "pack", "--silent", "--pack-destination", directory], { cwd: made });
  await npmInstall(join(directory, packed.trim()));
  server = await TestServer.start();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function npmInstall(what: string): Promise<string> {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
  return run(["npm", "install", ...options, "--prefix", directory, what]);
}

async function nodeOf(version: string): Promise<string> {
  return join(await npmTools(version), "node_modules", binary, "bin/node");
}

/** The programs of its README: the first conversation, and what is otherwise with the `ws` of Node 20. */
function programs(): { usual: string; withWs: string } {
  const readme = readFileSync(join(made, "README.md"), "utf8");
  const [usual = "", other = ""] = [...readme.matchAll(/^```js\n([^]*?)^```/gm)].map((one) => one[1]!);
  const [imports = "", session = ""] = other.split("\n\n");
  return { usual, withWs: imports + "\n" + usual.replace(/^const session = .*\n/m, session) };
}

/** Runs a program for two people, until both have heard the other. */
async function talk(command: string, program: string): Promise<void> {
  const file = join(directory, "talk.mjs");
  writeFileSync(file, program);
  const [alice, bob] = await server.people("alice", "bob");
  const start = (...names: string[]) => Device.of(server, [command, file], ...names, server.url);
  await using hers = await start(alice.username, bob.username);
  await using his = await start(bob.username, alice.username);
  hers.start();
  his.start();
  await hers.prints(/^You can talk/);
  await his.prints(/^You can talk/);
  hers.type("Are you there?");
  await his.prints(/: Are you there\?$/);
  his.type("Yes.");
  await hers.prints(/: Yes\.$/);
  for (const one of [hers, his]) {
    one.endInput();
    expect([await one.exited, one.errors]).toEqual([0, ""]);
    expect(one.said).toEqual([`${alice.username}: Are you there?`, `${bob.username}: Yes.`]);
  }
}

test("it is installed with nothing but its one dependency", () => {
  const there = (path: string) => readdirSync(join(directory, "node_modules", path)).toSorted();
  expect(there("")).toEqual([".package-lock.json", "@preact", "parley-client"]);
  expect(there("@preact")).toEqual(["signals-core"]);
});

test("two people talk with the program of its README, under Node 22", async () => {
  await talk(await nodeOf(nodes.node22), programs().usual);
});

test("two people talk with the program of its README, under Bun", async () => {
  await talk(process.execPath, programs().usual);
});

test("two people talk with a WebSocket handed in, under Node 20", async () => {
  const { usual, withWs } = programs();
  expect(withWs).not.toContain(usual);
  cpSync(join(await npmTools("ws@8.23.0"), "node_modules/ws"), join(directory, "node_modules/ws"), {
    recursive: true,
  });
  await talk(await nodeOf(nodes.node20), withWs);
});

/** Makes keys on one device and unlocks them on another. */
async function makeKeys(command: string, imports = "", options = "{}"): Promise<void> {
  const file = join(directory, "keys.mjs");
  const [alice] = await server.people("alice");
  const credentials = JSON.stringify({ username: alice.username, password });
  writeFileSync(
    file,
    `import { connect } from "parley-client"; ${imports}
    const open = () => connect("${server.url}", ${credentials}, ${options});
    const [first, second] = [await open(), await open()];
    const passphrase = "tea at six, as ever";
    const { recoveryKey } = await first.encryption.setUp({ passphrase });
    await second.encryption.unlock({ passphrase });
    await second.encryption.unlock({ recoveryKey });
    console.log(first.encryption.state.value, second.encryption.state.value);
    await Promise.all([first.close(), second.close()]);`,
  );
  expect((await run([command, file])).trim()).toBe("ready ready");
}

test("keys are made and unlocked under Node 22, Bun, and Node 20 with a WebSocket handed in", async () => {
  await makeKeys(await nodeOf(nodes.node22));
  await makeKeys(process.execPath);
  const imports = 'import WebSocket from "ws";';
  await makeKeys(await nodeOf(nodes.node20), imports, "{ environment: { WebSocket } }");
});

/** Compiles it; fails where that finds something. */
async function compile(config: object): Promise<void> {
  const path = join(directory, "tsconfig.json");
  writeFileSync(path, JSON.stringify(config));
  await run([process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", path], {
    cwd: directory,
  });
}

test("its types are right without those of Bun and Node", async () => {
  writeFileSync(join(directory, "program.mts"), typed);
  const lib = ["esnext", "dom"];
  const compilerOptions = {
    module: "nodenext",
    target: "esnext",
    lib,
    types: [],
    strict: true,
    noEmit: true,
  };
  await compile({ compilerOptions, files: ["program.mts"] });
});

test("it needs nothing of the language that Node 20 does not have", async () => {
  const compilerOptions = { target: "es2023", lib: ["es2023", "dom"], types: [] };
  const files = [join(root, "src/client/sdk/index.ts")];
  await compile({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], exclude: [], files });
});

/** Compiles only where the types say what they should. */
const typed = `
import { connect, memoryStore, type Message, ParleyError, type Session } from "parley-client";
import { sqliteStore } from "parley-client/sqlite";
import * as alone from "parley-client/standalone";

const credentials = { username: "alice", password: "a long enough one" };
const session: Session = await connect("http://127.0.0.1:8000", credentials, { store: memoryStore() });
const { users } = await session.call("GET /api/users/search", { query: { q: "bob" } });
const name: string | undefined = users[0]?.username;
session.chat(1).timeline.subscribe((items) => {
  for (const item of items) if (item.kind === "message") show(item.message);
});
function show({ content, sender_username }: Message): string {
  return sender_username + ": " + content;
}
await session.chat(1).send("hello", { files: [{ name: "a.txt", blob: new Blob([name ?? ""]) }] }).catch((error) => {
  if (error instanceof ParleyError && error.code === "no_answer") throw error;
});
const page: Response = new Response(session.download({ id: 1 }));
await alone.connect("http://127.0.0.1:8000", undefined, { store: await sqliteStore("alice"), environment: { WebSocket } });
// @ts-expect-error: no such call
await session.call("GET /nowhere");
// @ts-expect-error: no such code
new ParleyError("no_such_code", await page.text());
`;

test("nothing of the server is in it, and nothing that it would have to bring along", () => {
  const files = readdirSync(made, { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((one) => /\.(js|d\.ts)$/.test(one))
    .map((one) => readFileSync(join(made, one), "utf8"));
  const imported = texts.flatMap((text) => [...text.matchAll(/(?<!")\b(?:from|import) ?\(?"([^".]+)"/g)]);
  const names = new Set(imported.map((one) => one[1]!).filter((one) => !one.startsWith("node:")));
  expect([...names]).toEqual(["@preact/signals-core"]);
  expect(texts.filter((text) => /\b(zod|hono|drizzle)\b/i.test(text))).toEqual([]);
});

test("the file for pages in it is the one that a server has at /sdk.js, and so is the part for encryption", async () => {
  const serve = async (path: string) => (await fetch(server.url + path)).text();
  expect(await serve("/sdk.js")).toBe(readFileSync(join(made, "standalone.js"), "utf8"));
  expect(await serve("/sdk-encryption.js")).toBe(readFileSync(join(made, "sdk-encryption.js"), "utf8"));
});
