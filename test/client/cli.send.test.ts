/** `parley chat send`. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

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
  expect(await desk.run(["send", `@${bob.username}`, "--", "-1 is a number"])).toMatchObject({ code: 0 });
  writeFileSync(join(desk.directory, "a note.txt"), "a note");
  writeFileSync(join(desk.directory, "another.txt"), "another");
  const files = ["a note.txt", "another.txt"].flatMap((name) => ["--file", join(desk.directory, name)]);
  expect(await desk.run(["send", bob.username, "look", ...files])).toMatchObject({ code: 0 });
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
  expect(await desk.run(["send", bob.username, "--file", "missing.txt"])).toMatchObject({ code: 1 });
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
  writeFileSync(film, crypto.getRandomValues(new Uint8Array(3_000_000)));
  expect(await desk.run(["send", bob.username, "kept", "--file", film, "--timeout", "1"])).toMatchObject({
    code: 3,
    errors: expect.stringContaining("It is kept"),
  });
  expect(await desk.run(["list", "--timeout", "1"])).toMatchObject({
    code: 3,
    out: expect.stringContaining(bob.username),
  });
  line.mend();
  expect(await desk.run(["send", carol.username, "next"])).toMatchObject({ code: 0 });
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["kept"]);
});

test("two chats of one name are told apart", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const group = await alice.group(bob.username, bob);
  const direct = await alice.directWith(bob);
  await alice.say(direct, "hello");
  await using desk = await Desk.of(alice);
  await desk.run(["list"]);
  const { code, errors } = await desk.run(["send", bob.username, "to whom?"]);
  expect(code).toBe(2);
  expect(errors).toContain(`id:${group}  the group ${bob.username} (2 members)\n`);
  expect(errors).toContain(`id:${direct}  the person ${bob.username}\n`);
  expect(await desk.run(["send", `id:${group}`, "to all"])).toMatchObject({ code: 0 });
  expect(await desk.run(["send", `@${bob.username}`, "to bob"])).toMatchObject({ code: 0 });
  expect((await bob.history(group)).at(-1).content).toBe("to all");
  expect((await bob.history(direct)).at(-1).content).toBe("to bob");
});
