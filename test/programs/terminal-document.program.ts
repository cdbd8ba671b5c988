/** What docs/terminal.md tells to type works, as it stands there. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { executable, Home } from "../support/executable.ts";
import { childrenOf } from "../support/processes.ts";
import { commandsUnder, root } from "../support/reference.ts";
import { password } from "../support/server.ts";
import { Desk } from "../support/terminal-client.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const page = readFileSync(join(root, "docs/terminal.md"), "utf8");
const home = new Home();
afterAll(() => home[Symbol.asyncDispose]());
const server = await home.start();
const alice = await server.register("alice");
const bob = await server.register("bob");

/** A shell on somebody's machine that does what is written. Whoever asks first gets a password. */
function shellAt(desk: Desk, commands: string) {
  const shell = Bun.spawn(["bash", "-eu", "-o", "pipefail", "-c", commands], {
    cwd: desk.directory,
    env: { ...desk.env, PATH: `${join(executable, "..")}:${desk.env["PATH"]}` },
    stdin: "pipe",
    stderr: "ignore",
  });
  shell.stdin.write(`${password}\n`);
  void shell.stdin.end();
  return shell;
}

async function run(desk: Desk, commands: string): Promise<string> {
  const shell = shellAt(desk, commands);
  const out = await shell.stdout.text();
  if ((await shell.exited) !== 0) throw new Error(`it failed: ${commands}`);
  return out;
}

test("the first steps", async () => {
  await using desk = new Desk();
  const [, steps = ""] = /^# .*?```sh\n(.*?)```/s.exec(page) ?? [];
  const chatId = await bob.directWith(alice);
  await bob.say(chatId, "When?");
  const sessions = async () => (await alice.get("/api/auth/sessions")).body.sessions.length;
  const before = await sessions();
  const out = await run(desk, steps.replace("chat.example.org", server.url));
  // The list, and the open chat, whose input is at its end here.
  expect(out).toMatch(/^bob .*1 unread .*bob: When\?\n-- .* --\n\[1\] \d\d:\d\d bob: When\?\n$/);
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["When?", "See you at eight"]);
  // And signed out.
  expect(await sessions()).toBe(before);
  expect(readdirSync(join(desk.config, "parley"))).toEqual([]);
});

test("what is said of pipes", async () => {
  await using desk = await Desk.of(alice);
  const ops = await alice.group("ops", bob);
  const team = await alice.group("team", bob);
  await bob.say(await bob.directWith(alice), "unread");
  writeFileSync(join(desk.directory, "report.pdf"), "%PDF-1.7 a report");
  const [commands] = commandsUnder(page, "In pipes");
  const out = await run(desk, commands!);
  expect(out).toStartWith('"bob"\n');
  expect((await bob.history(ops)).at(-1).content).toContain("load average");
  expect((await bob.history(await bob.directWith(alice))).at(-1).media[0].original_filename).toBe(
    "report.pdf",
  );
  expect((await bob.history(team)).at(-1).content).toBe("Good morning");
  expect((await bob.history(team)).at(-1).reactions).toMatchObject([{ emoji: "☀️", count: 1 }]);
  expect(readFileSync(join(desk.directory, "team.txt"), "utf8")).toContain("created “team”");
});

test("the bot that answers everybody", async () => {
  const bot = await server.register("bot");
  await using desk = await Desk.of(bot);
  const [, commands] = commandsUnder(page, "In pipes");
  const shell = shellAt(desk, commands!);
  const chats = await Promise.all([alice, bob].map((one) => one.directWith(bot)));
  await alice.say(chats[0]!, "Who are you?");
  await bob.say(chats[1]!, "Are you there?");
  const isAnswered = async () => {
    const histories = [await alice.history(chats[0]!), await bob.history(chats[1]!)];
    return histories.every((one) => one.at(-1).content === "I am only a bot.");
  };
  try {
    await until(isAnswered, 30_000);
  } finally {
    for (const one of childrenOf(shell.pid, "listen")) process.kill(one, "SIGTERM");
  }
  expect(await alice.history(chats[0]!)).toHaveLength(2);
  expect(await shell.exited).toBe(0);
});
