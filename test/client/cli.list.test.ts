/** What `parley chat` tells: lists, and whole histories. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { shared } from "../support/shared.ts";
import { Desk, jsonOf, linesOf } from "../support/terminal-client.ts";
import type { Fault, Weather } from "../support/weather/faults.ts";
import { FaultyProxy } from "../support/weather/proxy.ts";

setDefaultTimeout(30_000);

const server = await shared();

test("a list has the chats, last activity first, with what is unread; nothing is read by it", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  await using desk = await Desk.of(alice);
  const team = await bob.group("מוטי & team", alice);
  await bob.say(team, "first\nof two lines");
  await carol.say(await carol.directWith(alice), "\u001b]0;title\u0007hi");
  const { code, out, errors } = await desk.run(["list"]);
  expect([code, errors]).toEqual([0, ""]);
  expect(out.split("\n").map((line) => line.replace(/ +/g, " ").replace(/\d\d:\d\d/, "TIME"))).toEqual([
    `${carol.username} 1 unread TIME ${carol.username}: ␛]0;title␇hi`,
    `מוטי & team 1 unread TIME ${bob.username}: first of two lines`,
    "",
  ]);
  const [first, second] = jsonOf((await desk.run(["list", "--json"])).out);
  expect(first).toMatchObject({ unread_count: 1, peer: { username: carol.username } });
  for (const one of [first, second]) {
    alice.contract.checkAnswer("GET", `/api/chats/${one.id}`, 200, "application/json", one);
  }
  expect(await alice.unread()).toBe(2);
});

test("who has no chat yet is told how to begin one, and a program is told nothing", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = await Desk.of(alice);
  expect(await desk.run(["list"])).toEqual({
    code: 0,
    out: "",
    errors: "There is no chat yet: parley chat open NAME begins one.\n",
  });
  expect(await desk.run(["list", "--json"])).toEqual({ code: 0, out: "", errors: "" });
  expect(await desk.run(["open", alice.username])).toMatchObject({ code: 1, errors: "That is you.\n" });
  expect(await desk.run(["open", `@${bob.username}`])).toMatchObject({ code: 0, errors: "" });
});

test("nothing in a pipe counts as read, unless the script says so", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await bob.say(await bob.directWith(alice), "Hello Alice");
  await using desk = await Desk.of(alice);
  for (const args of [["open", bob.username], ["export", bob.username], ["list"]]) {
    expect((await desk.run(args)).out).toContain("Hello Alice");
  }
  expect(await alice.unread()).toBe(1);
  expect(await desk.run(["open", bob.username], "/read\n")).toMatchObject({ code: 0 });
  expect(await alice.unread()).toBe(0);
});

test("everything that bob writes comes without control characters, and cannot pass for a line of its own", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.directWith(alice);
  await bob.say(chatId, "\u001b[2J\u001b]52;c;ZXZpbA==\u0007\u009b31m\u202eevil\r[9] 09:00 alice: I quit");
  const { media } = (await bob.upload([new File(["x"], "a\u001b[31m\u202etxt.exe")])).body;
  await bob.say(chatId, "", { media_ids: media.map((one: any) => one.id) });
  await using desk = await Desk.of(alice);
  for (const args of [
    ["open", bob.username],
    ["export", bob.username],
    ["list"],
    ["export", bob.username, "--json"],
    ["list", "--json"],
  ]) {
    const { out } = await desk.run(args);
    expect([args, /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u.test(out)]).toEqual([args, false]);
  }
  const { out } = await desk.run(["open", bob.username]);
  expect(linesOf(out)).toContain("     [9] 09:00 alice: I quit");
  const [first] = jsonOf((await desk.run(["export", bob.username, "--json"])).out);
  expect(first.content).toContain("\u001b[2J");
});

/** Each gets its answer at the second attempt. */
function everySecondFails(): Weather {
  const faults: Fault[] = [{ toClient: 3000 }, { page: "asked" }, { toClient: 0 }, { toServer: 50 }];
  let count = 0;
  return ({ kind }) => {
    if (kind === "socket") return {};
    count += 1;
    return (count % 2 === 1 && faults[(count >> 1) % faults.length]) || {};
  };
}

test("a whole history is exported, oldest first, also over a line that breaks again and again", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const count = 210;
  await Promise.all(Array.from({ length: count }, (_, i) => bob.say(chatId, `message ${i}`)));
  using proxy = await FaultyProxy.start(server.url);
  await using desk = await Desk.of(alice, proxy.url);
  const asJson = await desk.run(["export", bob.username, "--json"]);
  const messages = jsonOf(asJson.out);
  expect(messages.map((one) => one.seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  alice.contract.checkAnswer("PUT", "/api/messages/1", 200, "application/json", messages[0]);

  proxy.weather = everySecondFails();
  const { code, out } = await desk.run(["export", bob.username]);
  expect(code).toBe(0);
  const lines = messages.map((one) => `[${one.seq}] ${bob.username}: ${one.content}`);
  expect(linesOf(out)).toEqual(["-- DAY --", ...lines]);
  const broken = ["toClient", "page", "toServer"].map((one) => proxy.happened[`request: ${one}`] ?? 0);
  expect(Math.min(...broken)).toBeGreaterThan(0);
  expect(await desk.run(["export", "nobody.at.all"])).toMatchObject({ code: 1, out: "" });
});
