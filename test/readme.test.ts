/** What the README says is so, and what it tells to paste works. */
import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { version } from "../package.json";
import { settings } from "../src/config.ts";
import { fixture } from "./fixtures/media/expected.ts";
import { executable, Home } from "./support/executable.ts";
import { bytesOf } from "./support/files.ts";
import { withoutStatus } from "./support/heard.ts";
import { commandsUnder, root, rowsIn, tables } from "./support/reference.ts";

const readme = await Bun.file(join(root, "README.md")).text();

test.each(Object.entries(tables))("the table of %s is that of the code", async (name, { file, table }) => {
  expect(rowsIn(await Bun.file(join(root, file)).text(), name)).toEqual(table);
});

test("docs/settings.md has each setting once", () => {
  const named = Object.values(tables)
    .filter(({ file }) => file === "docs/settings.md")
    .flatMap(({ table }) => table.slice(1).map(([name]) => name!.replaceAll("`", "")));
  expect(named.sort()).toEqual(Object.keys(settings).sort());
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

const isRoot = process.getuid!() === 0;
/** Whom the server runs as: where root may choose, somebody who may nothing. */
const service = isRoot ? 65_534 : undefined;

test.each(
  isRoot
    ? [["the server's user", service] as const, ["root", 0] as const]
    : [["the server's user", service] as const],
)("what it says about backups works each day for %s, and so does restoring from one", async (_, user) => {
  await using home = new Home();
  const backup = layOut(home);
  const asService = { program: join(home.directory, "dist/parley"), user: service };
  const [save, restore] = commandsUnder(readme, "Backup").map((one) => one.replaceAll("/backup", backup));
  const photo = (name: string) => bytesOf(readFileSync(fixture(name)), name);

  const server = await home.start(asService);
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const seen = () => socket.next("message_updated", ({ message }) => message.media[0]?.state === "ready");
  await alice.upload([photo("photo.jpg")], await alice.say(chat, "the first day"));
  await seen();
  await run(save!, home.directory, user);

  const unwanted = await alice.say(chat, "the second day");
  await alice.upload([photo("still.avif")], unwanted);
  await seen();
  expect((await alice.delete(`/api/messages/${unwanted.id}`)).status).toBe(204);
  // A backup was cut off: of its snapshot and of its files there is only a part.
  for (const part of readdirSync(join(backup, "media"))) truncateSync(join(backup, "media", part), 10);
  writeFileSync(join(backup, "chat.sqlite.new"), "SQLite format 3");
  // Meanwhile people go on: after the first copy of the files, and while the rest is copied.
  const [first, rest] = save!.split(/(?=^BUN_BE_BUN)/m);
  await run(first!, home.directory, user);
  await alice.upload([photo("palette.png")], await alice.say(chat, "the third day"));
  await seen();
  const expected = await alice.history(chat, "?limit=100");
  const talking = Array.from({ length: 50 }, (_, i) => alice.say(chat, `meanwhile ${i}`));
  await run(rest!, home.directory, user);
  await Promise.all(talking);
  const { cursor } = socket;
  await server.kill("SIGTERM");

  rmSync(home.dataDir, { recursive: true });
  makeFor(service, home.dataDir);
  await run(restore!, home.directory, user);
  const next = await home.start(asService);
  await next.caller();
  const back = next.as(alice.signedIn);
  const restored = await back.history(chat, "?limit=100");
  expect(withoutStatus(restored.slice(0, expected.length))).toEqual(withoutStatus(expected));
  const files = restored.flatMap((one) => one.media);
  expect(files.map((one) => one.filename)).toEqual(["photo.jpg", "palette.png"]);
  for (const { url, thumbnail_url, file_size } of files) {
    expect((await back.download(url)).bytes).toHaveLength(file_size);
    expect((await back.download(thumbnail_url)).bytes.length).toBeGreaterThan(10);
  }
  // Whoever has seen more than the backup knows reloads.
  const returned = await next.as(bob.signedIn).connect({ since: cursor });
  expect(await returned.next("resync")).toMatchObject({ reason: "epoch_changed" });
  await back.say(chat, "we are back");
  expect((await returned.next("new_message"))["message"].content).toBe("we are back");
  expect(await next.kill("SIGTERM")).toBe(0);
});

/** As the README has it: the executable, the data and the backup. Answers where that is. */
function layOut(home: Home): string {
  chmodSync(home.directory, 0o755);
  mkdirSync(join(home.directory, "dist"));
  copyFileSync(executable, join(home.directory, "dist/parley"));
  const backup = join(home.directory, "backup");
  for (const directory of [home.dataDir, backup]) makeFor(service, directory);
  return backup;
}

function makeFor(user: number | undefined, directory: string): void {
  mkdirSync(directory, { mode: 0o700 });
  if (user !== undefined) chownSync(directory, user, user);
}

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
async function run(commands: string, cwd = root, user?: number): Promise<string[]> {
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
    cwd,
    ...(user !== undefined && { uid: user, gid: user }),
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
