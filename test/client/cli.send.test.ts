/** `parley chat send`. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Glob } from "bun";

import { Line } from "../support/line.ts";
import { shared } from "../support/shared.ts";
import { Desk } from "../support/terminal-client.ts";

setDefaultTimeout(30_000);

const server = await shared();

test("alice sends a text, a whole file of text, and files; bob has them", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  expect(await desk.run(["send", bob.username, "Hello Bob"])).toEqual({ code: 0, out: "", errors: "" });
  expect(await desk.run(["send", bob.username.toUpperCase(), "-"], "two\nlines, שלום\n")).toMatchObject({
    code: 0,
  });
  expect(await desk.run(["send", `@${bob.username}`, "-1 is a number"])).toMatchObject({ code: 0 });
  writeFileSync(join(desk.directory, "a note.txt"), "a note");
  writeFileSync(join(desk.directory, "another.txt"), "another");
  const files = ["a note.txt", "another.txt"].flatMap((name) => ["--file", join(desk.directory, name)]);
  expect(await desk.run(["send", ...files, bob.username, "look"])).toMatchObject({ code: 0 });
  const history = await bob.history(await bob.directWith(alice));
  expect(history.map((one) => one.content)).toEqual([
    "Hello Bob",
    "two\nlines, שלום",
    "-1 is a number",
    "look",
  ]);
  expect(history.at(-1).media.map((one: any) => one.original_filename)).toEqual([
    "a note.txt",
    "another.txt",
  ]);
});

test("whatever stands behind the name is a text, also one that looks like an option", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  writeFileSync(join(desk.directory, "secret"), "secret");
  const texts = [`--file=${join(desk.directory, "secret")}`, "--account=mallory", "--help", "--", "-x"];
  for (const one of texts)
    expect(await desk.run(["send", bob.username, one])).toMatchObject({ code: 0, out: "" });
  for (const more of [
    ["--timeout", "1"],
    ["hello", "--file=secret"],
  ]) {
    expect(await desk.run(["send", bob.username, ...more])).toMatchObject({ code: 2, out: "" });
  }
  const history = await bob.history(await bob.directWith(alice));
  expect(history.map((one) => [one.content, one.media])).toEqual(texts.map((one) => [one, []]));
});

test("what the server will not take is told once, and does not hold up what comes next", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  const refused = await desk.run(["send", bob.username, "-"], "x".repeat(20_000));
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.errors).toContain("16384");
  expect(await desk.run(["send", bob.username, "short"])).toMatchObject({ code: 0 });
  expect(await desk.run(["send", "nobody.at.all", "hello"])).toEqual({
    code: 1,
    out: "",
    errors: "There is no person and no chat named nobody.at.all.\n",
  });
  expect(await desk.run(["send", "--file", "missing.txt", bob.username])).toMatchObject({ code: 1 });
  expect((await bob.history(await bob.directWith(alice))).map((one) => one.content)).toEqual(["short"]);
});

test("without a connection a message is kept, and sent once by the next that is sent, whoever gets that", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const chatId = await alice.directWith(bob);
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  await desk.run(["list"]);
  line.cut();
  const film = join(desk.directory, "film.bin");
  const bytes = crypto.getRandomValues(new Uint8Array(3_000_000));
  writeFileSync(film, bytes);
  expect(await desk.run(["send", "--file", film, "--timeout", "1", bob.username, "kept"])).toMatchObject({
    code: 3,
    errors: expect.stringContaining("It is kept"),
  });
  expect(await desk.run(["list", "--timeout", "1"])).toMatchObject({
    code: 3,
    out: expect.stringContaining(bob.username),
  });
  line.mend();
  expect(await desk.run(["send", carol.username, "next"])).toMatchObject({ code: 0 });
  const [kept, ...more] = await bob.history(chatId);
  expect([kept.content, kept.media.length, more]).toEqual(["kept", 1, []]);
  const file = await bob.download(kept.media[0].url);
  expect(Bun.deepEquals(file.bytes, bytes)).toBe(true);
});

test("without a connection and with a full disk nothing claims to be kept", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.directWith(bob);
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  expect(await desk.run(["list"])).toMatchObject({ code: 0 });
  fillDisk(desk);
  expect(await desk.run(["send", bob.username, "sent all the same"])).toMatchObject({ code: 0 });
  line.cut();
  const { code, errors } = await desk.run(["send", "--timeout", "1", bob.username, "lost"]);
  expect([code, errors.trimEnd().split("\n").at(-1)]).toEqual([5, "Not sent, and not kept."]);
  expect(errors).toContain("nothing is kept");
  expect(errors).not.toContain("It is kept");
});

/** SQLite refuses whatever is to be kept, as where there is no room for it. */
function fillDisk(desk: Desk): void {
  const [file] = new Glob("parley/*/replica-*.sqlite").scanSync({ cwd: desk.config, absolute: true });
  using database = new Database(file);
  database.run(
    "CREATE TRIGGER full BEFORE INSERT ON rows BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
  );
}
