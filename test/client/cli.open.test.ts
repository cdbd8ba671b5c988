/** `parley chat open` in a pipe: for scripts. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Line } from "../support/line.ts";
import { shared } from "../support/shared.ts";
import { Desk, linesOf } from "../support/terminal-client.ts";

setDefaultTimeout(30_000);

const server = await shared();

test("an open chat in a pipe shows what there is, does line after line, and ends with its input", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.directWith(alice);
  await bob.say(chatId, "Hello Alice");
  await using desk = await Desk.of(alice);
  writeFileSync(join(desk.directory, "a note.txt"), "a note");
  const input = [
    "Hello Bob",
    "/react ^ 👍",
    "/edit ^ Hello, dear Bob",
    "//slash",
    "/reply 1 I am well",
    `/file "${join(desk.directory, "a note.txt")}" for you`,
    "/delete ^",
    "",
  ];
  const { code, out, errors } = await desk.run(["open", bob.username], input.join("\n"));
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(linesOf(out)).toEqual([
    "-- DAY --",
    `[1] ${bob.username}: Hello Alice`,
    `[2] ${alice.username}: Hello Bob`,
    `[2] 👍 ${alice.username}`,
    `[2] ${alice.username}: Hello, dear Bob (edited)`,
    `     👍 ${alice.username}`,
    `[3] ${alice.username}: /slash`,
    `[4] ${alice.username}: I am well`,
    `     (to ${bob.username}: Hello Alice)`,
    `[5] ${alice.username}: for you`,
    "     file: a note.txt (document, 6 bytes)",
    `[5] ${alice.username}: (deleted)`,
  ]);
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual([
    "Hello Alice",
    "Hello, dear Bob",
    "/slash",
    "I am well",
    "",
  ]);
});

test("earlier messages are a command away, down to the first", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.directWith(alice);
  for (let i = 1; i <= 5; i++) await alice.say(chatId, `message ${i}`);
  await using desk = await Desk.of(alice);
  const { out, errors } = await desk.run(["open", bob.username, "--last", "2"], "/more\n/more\n/more\n");
  const message = (i: number) => `[${i}] ${alice.username}: message ${i}`;
  const pages = [[4, 5], [2, 3], [1]].flatMap((page) => ["-- DAY --", ...page.map(message)]);
  expect(linesOf(out)).toEqual(pages);
  const end = "-- end of the earlier messages --\n";
  expect(errors).toBe(`${end}${end}There is nothing before.\n`);
});

test("as many messages are shown as were asked for, however many the server gives at once", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.directWith(alice);
  for (let i = 1; i <= 130; i++) await alice.say(chatId, `message ${i}`);
  await using desk = await Desk.of(alice);
  const { out } = await desk.run(["open", bob.username, "--last", "60"], "/more\n");
  const numbers = [...out.matchAll(/^\[(\d+)\]/gm)].map((one) => Number(one[1]));
  const range = (first: number) => Array.from({ length: 60 }, (_, i) => first + i);
  expect(numbers).toEqual([...range(71), ...range(11)]);
});

test("alice is put out of a group that she has open: she is told, and it is over", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const team = await bob.group("Team", alice);
  await using desk = await Desk.of(alice);
  const open = desk.start(["open", "Team"]);
  await open.says("created “Team”");
  await bob.delete(`/api/chats/${team}/members/${alice.id}`);
  expect(await open.end()).toMatchObject({ code: 1, errors: "You are no longer in this chat.\n" });
  expect(await desk.run(["open", "Team"])).toMatchObject({ code: 1 });
});

test("alice is put out of a group while her line is broken: she is told when it is back", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const team = await bob.group("Team", alice);
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  const open = desk.start(["open", "Team"]);
  await open.says("created “Team”");
  line.cut();
  await bob.delete(`/api/chats/${team}/members/${alice.id}`);
  line.mend();
  expect(await open.end()).toMatchObject({ code: 1, errors: "You are no longer in this chat.\n" });
});

test("a line that cannot be done is told, the next ones are done, and the exit code remembers", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await bob.say(await bob.directWith(alice), "Hello");
  await using desk = await Desk.of(alice);
  const lines = {
    "/dance": "There is no /dance: see /help. //dance sends it as text.",
    "/reply 1": "Something is missing: /reply N TEXT",
    "/save": "Something is missing: /save N [PATH]",
    "/edit 77 x": "Message 77 is not here. /more shows earlier ones.",
    "/edit 1 mine": "Message 1 is not yours.",
    "/delete 1": "Message 1 is not yours.",
    "/react 1 ok": "ok is no emoji.",
    "/reply here x": "Which message? Say its number, or ^ for the newest.",
    "/file no.txt": "no.txt: there is no such file",
    "/save 1": "There is no file in this message.",
    [`/unreact 1 👍`]: undefined,
    ["x".repeat(20_000)]: "content: has 20000 bytes of UTF-8; at most 16384 are allowed",
    "after all": undefined,
  };
  const { code, errors } = await desk.run(["open", bob.username], Object.keys(lines).join("\n"));
  expect(code).toBe(1);
  expect(errors.trimEnd().split("\n")).toEqual(Object.values(lines).flatMap((one) => one ?? []));
  const said = (await bob.history(await bob.directWith(alice))).map((one) => one.content);
  expect(said).toEqual(["Hello", "after all"]);
});

test("files are saved whole, beside what is there, and never over it", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.directWith(alice);
  const bytes = crypto.getRandomValues(new Uint8Array(300_000));
  const { media } = (await bob.upload([new File([bytes], "data.bin")])).body;
  await bob.say(chatId, "", { media_ids: [media[0].id] });
  await using desk = await Desk.of(alice);
  const target = join(desk.directory, "data.bin");
  writeFileSync(target, "mine");
  const { directory } = desk;
  const input = `/save ^ ${directory}\n/save 1 ${directory}\n/save 1 ${directory}/here.bin\n`;
  expect(await desk.run(["open", bob.username], input)).toMatchObject({
    code: 0,
    errors: ["data (1).bin", "data (2).bin", "here.bin"].map((one) => `Saved ${directory}/${one}\n`).join(""),
  });
  expect(readFileSync(target, "utf8")).toBe("mine");
  for (const name of ["data (1).bin", "data (2).bin", "here.bin"]) {
    expect(readFileSync(join(desk.directory, name)).equals(bytes)).toBe(true);
  }
  expect(await desk.run(["open", bob.username], "/save 1 nowhere/else.bin\n")).toMatchObject({
    code: 1,
    errors: "nowhere/else.bin: ENOENT: no such file or directory\n",
  });
  expect(readdirSync(desk.directory).filter((one) => one.endsWith(".part"))).toEqual([]);
});
