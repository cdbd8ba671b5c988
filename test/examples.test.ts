/** The bot in docs/examples. What the page and the Python client do is in test/pages and test/programs. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { installLibrary, pythonClient } from "./support/guide.ts";
import type { Person } from "./support/person.ts";
import { root } from "./support/reference.ts";
import { password } from "./support/server.ts";
import { shared } from "./support/shared.ts";

setDefaultTimeout(30_000);

const server = await shared();
const example = join(root, "docs/examples/bot.js");
const directory = mkdtempSync(join(tmpdir(), "parley-bot-"));
installLibrary(directory);
copyFileSync(example, join(directory, "bot.js"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Starts somebody's bot, and waits until it hears everything. */
async function start(bot: Person, env: Record<string, string> = {}) {
  const program = Bun.spawn([process.execPath, "bot.js", server.url, bot.username], {
    cwd: directory,
    env: { PATH: process.env["PATH"], ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  let said = "";
  for await (const bytes of program.stdout.values({ preventCancel: true })) {
    said += new TextDecoder().decode(bytes);
    if (said.includes("live")) return program;
  }
  throw new Error(`it ended: ${said}${await new Response(program.stderr).text()}`);
}

test("docs/examples/client.py is the Python of the guide", async () => {
  expect(await Bun.file(join(root, pythonClient.file)).text()).toBe(pythonClient.text());
});

test("the bot is at most 20 lines", () => {
  expect(readFileSync(example, "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(20);
});

test("the bot answers each mention once, those too from while it was not there", async () => {
  const [alice, bot] = await server.people("alice", "bot");
  const chatId = await alice.group("Team", bot);
  const socket = await alice.connect();
  const mention = async () => (await alice.say(chatId, `are you there, @${bot.username}?`)).id;
  const answered = async (id: number) => {
    const { message } = await socket.next("new_message", ({ message }) => message.sender_id === bot.id);
    expect([message.content, message.reply_to_id]).toEqual([`Yes, ${alice.username}?`, id]);
  };

  const first = await start(bot, { PASSWORD: password });
  await alice.say(chatId, "hello everybody");
  await answered(await mention());
  first.kill("SIGTERM");
  expect(await first.exited).toBe(0);

  const missed = await mention();
  // It is signed in already.
  const second = await start(bot);
  await answered(missed);
  await answered(await mention());
  second.kill("SIGINT");
  expect(await second.exited).toBe(0);
  const its = (await alice.history(chatId)).filter((one) => one.sender_id === bot.id);
  expect(its).toHaveLength(3);
  await socket.close();
});

test("the bot ends and says so when its session was ended", async () => {
  const [bot] = await server.people("bot");
  const program = await start(bot, { PASSWORD: password });
  const { sessions } = (await bot.get("/api/auth/sessions")).body;
  await bot.delete(`/api/auth/sessions/${sessions.find((one: any) => !one.current).id}`);
  expect(await program.exited).toBe(1);
  expect(await new Response(program.stderr).text()).toContain("token");
});
