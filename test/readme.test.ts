/** What the README says is so, and what it tells to paste works. */
import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

import { version } from "../package.json";
import { Home } from "./support/executable.ts";
import { commandsUnder, file, rowsIn, tables } from "./support/readme.ts";

const readme = await Bun.file(file).text();
const root = resolve(import.meta.dir, "..");

test.each(["rules", "settings", "errors"] as const)("its table of %s is that of the code", (name) => {
  expect(rowsIn(readme, name)).toEqual(tables[name] as string[][]);
});

const servers = {
  "npm start": { program: process.execPath, args: [join(root, "src/main.ts")] },
  "dist/parley": {},
};
/** As a newcomer has them, not as other tests do. */
const defaults = { RATE_LIMITS: "on", PASSWORD_MEMORY_KIB: "65536", PASSWORD_ITERATIONS: "3" };

test.each(Object.entries(servers))("two people talk as it says, with %s", async (_, options) => {
  await using home = new Home();
  const server = await home.start({ ...options, settings: defaults });
  const [talk, files] = commandsUnder(readme, "A first conversation");
  const lines = await run(
    talk!.replace("http://127.0.0.1:8000", server.url) + inDirectory(files!, home.directory),
  );
  const thumbnail = await Bun.file(join(home.directory, "thumbnail.webp")).bytes();
  expect(Buffer.from(thumbnail.subarray(8, 12)).toString()).toBe("WEBP");
  const withPicture = JSON.parse(lines.pop()!);
  expect([withPicture.content, withPicture.media[0].filename]).toEqual(["Look", "photo.jpg"]);

  const history = JSON.parse(lines.pop()!) as { messages: { sender_username: string; content: string }[] };
  const said = history.messages.map((one) => `${one.sender_username}: ${one.content}`);
  expect(said).toEqual(["alice: Hello Bob", "bob: Hello Alice"]);

  const heard = lines.map((line) => JSON.parse(line.replace("Bob hears: ", "")) as Record<string, unknown>);
  expect(heard.map((one) => one["type"])).toEqual(["connected", "new_message", "new_message", "ack"]);
  expect(heard[0]!["server_version"]).toBe(version);
});

test("what it names is there", async () => {
  const named = [...readme.matchAll(/\]\(((?!https?:)[^)]+)\)/g)].map((one) => one[1]!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);

  const { scripts } = await Bun.file(join(root, "package.json")).json();
  const run = [...readme.matchAll(/`(?:npm|bun) run ([\w:]+)`/g)].map((one) => one[1]!);
  expect(run).toContain("build");
  expect(run.filter((one) => !(one in scripts))).toEqual([]);
});

/** What it makes goes elsewhere than beside the sources. */
function inDirectory(commands: string, directory: string): string {
  return `\necho\n${commands.replace("-o ", `-o ${directory}/`)}`;
}

/** What a shell prints for these commands, line by line. */
async function run(commands: string): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), "parley-readme-"));
  if (!Bun.which("curl")) {
    const curl = join(directory, "curl");
    writeFileSync(
      curl,
      `#!/bin/sh\nexec "${process.execPath}" "${join(root, "test/support/curl.ts")}" "$@"\n`,
    );
    chmodSync(curl, 0o755);
  }
  const shell = Bun.spawn(["sh", "-eu", "-c", commands], {
    cwd: root,
    env: { PATH: `${process.env["PATH"]}${delimiter}${directory}` },
    stderr: "inherit",
  });
  try {
    const text = await shell.stdout.text();
    expect(await shell.exited).toBe(0);
    return text.trim().split("\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
}
