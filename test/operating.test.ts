/** What docs/operating.md tells to do works. */
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { fixture } from "./fixtures/media/expected.ts";
import { executable, Home } from "./support/executable.ts";
import { bytesOf } from "./support/files.ts";
import { withoutStatus } from "./support/heard.ts";
import { commandsUnder, root } from "./support/reference.ts";
import { run } from "./support/shell.ts";

setDefaultTimeout(30_000);

const page = await Bun.file(join(root, "docs/operating.md")).text();
const isRoot = process.getuid!() === 0;
/** Whom the server runs as: where root may choose, somebody who may nothing. */
const service = isRoot ? 65_534 : undefined;

test.each(
  isRoot
    ? [["the server's user", service] as const, ["root", 0] as const]
    : [["the server's user", service] as const],
)("its backup works each day for %s, and so does restoring from it", async (_, user) => {
  await using home = new Home();
  const backup = layOut(home);
  const asService = { program: join(home.directory, "dist/parley"), user: service };
  const [save, restore] = ["Backup", "Restore"].map((one) =>
    commandsUnder(page, one)[0]!.replaceAll("/backup", backup),
  );
  const photo = (name: string) => bytesOf(readFileSync(fixture(name)), name);

  const server = await home.start(asService);
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const { key } = (await alice.get("/api/notifications/web-push-key")).body;
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
  const [places] = save!.split("\n");
  await run(first!, home.directory, user);
  await alice.upload([photo("palette.png")], await alice.say(chat, "the third day"));
  await seen();
  const expected = await alice.history(chat, "?limit=100");
  const talking = Array.from({ length: 50 }, (_, i) => alice.say(chat, `meanwhile ${i}`));
  await run(`${places}\n${rest}`, home.directory, user);
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
  // Browsers know the server by its key.
  expect((await back.get("/api/notifications/web-push-key")).body).toEqual({ key });
  // Whoever has seen more than the backup knows reloads.
  const returned = await next.as(bob.signedIn).connect({ since: cursor });
  expect(await returned.next("resync")).toMatchObject({ reason: "epoch_changed" });
  await back.say(chat, "we are back");
  expect((await returned.next("new_message"))["message"].content).toBe("we are back");
  expect(await next.kill("SIGTERM")).toBe(0);
});

/** As the page has it: the executable, the data and the backup. Answers where that is. */
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
