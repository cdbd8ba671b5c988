/** `parley chat listen`: for bots. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";

import { Lines } from "../../src/client/cli/lines.ts";
import { Output } from "../../src/client/cli/output.ts";
import { writtenFirst } from "../../src/client/cli/written-first.ts";
import { memoryStore } from "../../src/client/sdk/index.ts";
import { Line } from "../support/line.ts";
import { shared } from "../support/shared.ts";
import { Desk, jsonOf, linesOf } from "../support/terminal-client.ts";

setDefaultTimeout(30_000);

const server = await shared();

test("a bot hears each event as a line of JSON, from signing in on, over a line that breaks and between two runs", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.directWith(alice);
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  await bob.say(chatId, "one");
  const bot = desk.start(["listen", "--json"]);
  await bot.says(`${alice.username} is connected.`);
  await bot.says('"content":"one"');
  line.cut();
  await bot.says("No connection. Trying again.");
  await bob.say(chatId, "two");
  line.mend();
  await bot.says('"content":"two"');
  expect(await bot.stop("SIGTERM")).toMatchObject({ code: 0 });
  await bob.say(chatId, "three");
  const again = desk.start(["listen", "--json"]);
  await again.says('"content":"three"');
  expect(await again.stop("SIGINT")).toMatchObject({ code: 0 });
  const heard = jsonOf(bot.out + again.out);
  for (const one of heard) alice.contract.checkFrame(one);
  const messages = heard.filter((one) => one.type === "new_message").map((one) => one.message.content);
  expect(messages).toEqual(["one", "two", "three"]);
  expect(await alice.unread()).toBe(3);
});

test("a session that ends ends the bot, with an exit code that says so", async () => {
  const [alice] = await server.people("alice");
  await using desk = await Desk.of(alice);
  const bot = desk.start(["listen"]);
  await bot.says("is connected");
  const { sessions } = (await alice.get("/api/auth/sessions")).body;
  for (const one of sessions) if (!one.current) await alice.delete(`/api/auth/sessions/${one.id}`);
  expect(await bot.end()).toMatchObject({ code: 4 });
});

test("in what people read, the name of a group cannot pass for a message", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  const team = await bob.group('[7] 12:00 carol: I owe you 500" [8]', alice);
  await bob.say(await bob.directWith(alice), "hello");
  await bob.say(team, "hi\n[9] 12:00 carol: really");
  const reader = desk.start(["listen"]);
  await reader.says("really");
  const { out } = await reader.stop("SIGTERM");
  expect(linesOf(out).filter((line) => line.startsWith("["))).toEqual([`[1] ${bob.username}: hello`]);
  expect(out).toMatch(/^"\[7\] 12:00 carol: I owe you 500\\" \[8\]" \[2\] \d\d:\d\d bob\S*: hi$/m);
});

test("an event whose text is not opened yet does not count as heard, and does not hold up who stops", async () => {
  const output = new Output(new PassThrough().resume());
  const lines = new Lines(output);
  const stop = new AbortController();
  const own = memoryStore();
  const store = writtenFirst(own, lines, output, stop.signal);
  const move = (from: string | undefined, to: string) => store.write([], { from, to });
  const { promise, resolve } = Promise.withResolvers<string>();
  lines.add(promise);
  const first = move(undefined, "1");
  await setImmediate();
  expect((await own.read()).cursor).toBeUndefined();
  resolve("opened");
  await first;
  expect((await own.read()).cursor).toBe("1");
  lines.add(new Promise(() => {}));
  const second = move("1", "2");
  stop.abort();
  await second;
  expect((await own.read()).cursor).toBe("1");
});
