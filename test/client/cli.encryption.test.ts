/** `parley chat` and encryption: keys, encrypted chats, and what stands in pipes. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { Line } from "../support/line.ts";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { seal } from "../../src/e2ee/sealed.ts";
import type { Person } from "../support/person.ts";
import { password } from "../support/server.ts";
import { shared } from "../support/shared.ts";
import { Desk, jsonOf, linesOf } from "../support/terminal-client.ts";

setDefaultTimeout(60_000);

const server = await shared();

/** A machine with this person's new keys, and what opens them elsewhere. */
async function deskWithKeys(person: Person): Promise<{ desk: Desk; recoveryKey: string }> {
  const desk = await Desk.of(person);
  const { code, out, errors } = await desk.run(["keys", "setup"]);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  return { desk, recoveryKey: out.trim() };
}

/** Two people with keys and an encrypted direct chat. */
async function pair() {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const [hers, his] = await Promise.all([deskWithKeys(alice), deskWithKeys(bob)]);
  const turned = await hers.desk.run(["open", bob.username], "/encrypt yes\n");
  expect(turned).toMatchObject({ code: 0 });
  return {
    alice,
    bob,
    chatId,
    hers: hers.desk,
    his: his.desk,
    herKey: hers.recoveryKey,
    hisKey: his.recoveryKey,
  };
}

const told = (out: string) => linesOf(out).filter((line) => !line.startsWith("--"));

test("keys are made once, and their state is told to people and scripts", async () => {
  const [alice] = await server.people("alice");
  await using desk = await Desk.of(alice);
  expect(await desk.run(["keys"])).toMatchObject({
    code: 6,
    out: "You have no keys yet: parley chat keys setup\n",
  });
  const made = await desk.run(["keys", "setup"]);
  expect(made).toMatchObject({ code: 0, errors: "" });
  expect(made.out).toMatch(/^([0-9A-Z]{4}[- ]?){7}\n$/);
  const shown = await desk.run(["keys"]);
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/^This device has your keys\.\nThey were made .*\nFingerprint: [\w-]{43}\n$/);
  const [facts] = jsonOf((await desk.run(["keys", "--json"])).out);
  expect(facts).toMatchObject({ state: "ready", custody: "client", problems: [] });
  expect(await desk.run(["keys", "setup"])).toMatchObject({ code: 1, out: "" });
  expect((await desk.run(["keys", "dance"])).code).toBe(2);
});

test("a passphrase opens the keys on another machine, and a new recovery key replaces the one of before", async () => {
  const [alice] = await server.people("alice");
  await using desk = await Desk.of(alice);
  const made = await desk.run(["keys", "setup", "--passphrase"], "tea at six, as ever\n");
  expect(made).toMatchObject({ code: 0, errors: "" });
  await using other = await Desk.of(alice);
  expect(await other.run(["keys"])).toMatchObject({ code: 6 });
  const wrong = await other.run(["keys", "unlock"], "tea at seven\n");
  expect(wrong).toMatchObject({ code: 1, errors: "This passphrase does not open your keys.\n" });
  expect(await other.run(["keys", "unlock"], "tea at six, as ever\n")).toMatchObject({ code: 0 });
  expect(await other.run(["keys"])).toMatchObject({ code: 0 });
  const again = await desk.run(["keys", "recovery"], `${password}\n`);
  expect(again).toMatchObject({ code: 0 });
  await using third = await Desk.of(alice);
  expect(await third.run(["keys", "unlock"], made.out)).toMatchObject({
    code: 1,
    errors: "This recovery key does not open your keys.\n",
  });
  expect(await third.run(["keys", "unlock"], again.out)).toMatchObject({ code: 0 });
});

test("alice and bob turn encryption on and write: what is printed is what was written, the server has none of it", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await using hers = (await deskWithKeys(alice)).desk;
  const early = await hers.run(["open", bob.username], "/encrypt\n/encrypt yes\n");
  expect(early.code).toBe(1);
  expect(early.errors).toContain(`${bob.username} (member): has no keys yet`);
  expect(early.errors).toContain(`${bob.username} have no keys yet. Nothing was changed.`);
  await using his = (await deskWithKeys(bob)).desk;
  const turned = await hers.run(
    ["open", bob.username],
    "/encrypt\n/encrypt yes\nhello\n/edit ^ hello, dear\n/react ^ 👍\n",
  );
  expect(turned).toMatchObject({ code: 0 });
  expect(told(turned.out)).toContain(`[1] ${alice.username}: hello, dear (edited)`);
  const read = await his.run(["open", alice.username], "/reply 1 hello yourself\n/delete ^\nlast\n");
  expect(read).toMatchObject({ code: 0, errors: "" });
  expect(told(read.out)).toEqual([
    `[1] ${alice.username}: hello, dear (edited)`,
    `     👍 ${alice.username}`,
    `[2] ${bob.username}: hello yourself`,
    `     (to ${alice.username}: hello, dear)`,
    `[2] ${bob.username}: (deleted)`,
    `     (to ${alice.username}: hello, dear)`,
    `[3] ${bob.username}: last`,
  ]);
  expect(JSON.stringify(await bob.history(chatId))).not.toMatch(/dear|yourself|last"/);
  const list = await hers.run(["list"]);
  expect(list.out).toMatch(new RegExp(`^🔒 {2}${bob.username} .*${bob.username}: last\n$`));
  const members = await hers.run(["open", bob.username, "--last", "1"], "/members\n");
  expect(members.errors).toMatch(new RegExp(`${bob.username} \\(member\\): [\\w-]{43}, not compared`));
});

test("a device that is locked says so in an encrypted chat, sends nothing, and reads all once it is unlocked", async () => {
  const { alice, bob, hers, his, herKey } = await pair();
  await using _hers = hers;
  await using _his = his;
  expect(await his.run(["send", alice.username, "for you"])).toMatchObject({ code: 0 });
  await using other = await Desk.of(alice);
  const locked = "This device has not unlocked your keys";
  const opened = await other.run(["open", bob.username]);
  expect(opened).toMatchObject({ code: 6, errors: `!! ${locked}: parley chat keys unlock\n` });
  expect(told(opened.out)).toEqual([`[1] ${bob.username}: (encrypted, not opened)`]);
  expect((await other.run(["list"])).out).toContain("(encrypted, not opened)");
  const sent = await other.run(["send", bob.username, "in clear"]);
  expect(sent).toMatchObject({ code: 6, errors: `${locked}. parley chat keys says how it stands.\n` });
  expect(await other.run(["export", bob.username])).toMatchObject({
    code: 6,
    errors: `!! ${locked}. parley chat keys says how it stands.\n`,
  });
  expect(await other.run(["keys", "unlock"], `${herKey}\n`)).toMatchObject({ code: 0 });
  const now = await other.run(["open", bob.username], "and for you\n");
  expect(now).toMatchObject({ code: 0, errors: "" });
  expect(told(now.out)).toEqual([`[1] ${bob.username}: for you`, `[2] ${alice.username}: and for you`]);
});

test("pipes have the opened text beside what the server has sent", async () => {
  const { alice, bob, chatId, hers, his } = await pair();
  await using _hers = hers;
  await using _his = his;
  await his.run(["open", alice.username], "one\n/edit ^ one more\ntwo\n");
  const bot = hers.start(["listen", "--json"]);
  await bot.says('"opened":{"state":"opened","content":"two"');
  await his.run(["send", alice.username, "three"]);
  await bot.says('"content":"three"');
  expect(await bot.stop("SIGTERM")).toMatchObject({ code: 0 });
  const events = jsonOf(bot.out);
  for (const { opened, ...event } of events) {
    expect(opened === undefined).toBe(!event.message?.encrypted);
    alice.contract.checkFrame(event);
  }
  const messages = events.filter(
    (one) => one.type === "new_message" && one.message.content_type !== "system",
  );
  // What the server gives again is as it is by now.
  expect(messages.map((one) => one.opened.content)).toEqual(["one more", "two", "three"]);
  expect(messages.every((one) => one.message.encrypted && !one.message.content.includes(" "))).toBe(true);
  await his.run(["send", alice.username, "four"]);
  const reader = hers.start(["listen"]);
  await reader.says(`${bob.username}: four`);
  expect(await reader.stop("SIGTERM")).toMatchObject({ code: 0 });
  const text = await hers.run(["export", bob.username]);
  expect(text).toMatchObject({ code: 0, errors: "" });
  expect(told(text.out)).toEqual(
    ["one more (edited)", "two", "three", "four"].map((one, i) => `[${i + 1}] ${bob.username}: ${one}`),
  );
  const json = jsonOf((await hers.run(["export", "--json", bob.username])).out);
  expect(json.map((one) => one.opened.content)).toEqual(["one more", "two", "three", "four"]);
  // What the server has sent stays as it is.
  expect(json).toMatchObject(await alice.history(chatId));
});

test("a bot hears each encrypted message opened, over a line that breaks while it opens one, and between two runs", async () => {
  const { alice, hers, his, herKey } = await pair();
  await using _hers = hers;
  await using _his = his;
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  await desk.run(["keys", "unlock"], `${herKey}\n`);
  const say = (text: string) => his.run(["send", alice.username, text]);
  const bot = desk.start(["listen", "--json"]);
  await bot.says("is connected");
  await say("one");
  // It may have heard of it, and not have opened it yet.
  line.cut();
  await say("two");
  line.mend();
  await bot.says('"content":"two"');
  await say("three");
  line.cut();
  expect(await bot.stop("SIGTERM")).toMatchObject({ code: 0 });
  line.mend();
  const again = desk.start(["listen", "--json"]);
  await say("four");
  await again.says('"content":"four"');
  await again.stop("SIGTERM");
  const heard = [...jsonOf(bot.out), ...jsonOf(again.out)].filter((one) => one.type === "new_message");
  const texts = new Map(heard.map((one) => [one.message.id, one.opened?.content]));
  expect([...texts.values()]).toEqual(["one", "two", "three", "four"]);
});

test("a chat of which everything is here already is opened as well", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using hers = (await deskWithKeys(alice)).desk;
  await using his = (await deskWithKeys(bob)).desk;
  await alice.group("Team", bob);
  await hers.run(["open", "Team"], `/encrypt yes\nhello\n/role ${bob.username} admin\n`);
  for (let i = 0; i < 3; i++) {
    const { out, errors } = await his.run(["open", "Team", "--timeout", "5"]);
    expect({ told: told(out)[1], errors }).toEqual({ told: `[2] ${alice.username}: hello`, errors: "" });
  }
});

test("in a group, roles are signed: who is added reads on, who may not is refused, who leaves is out", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  await using hers = (await deskWithKeys(alice)).desk;
  await using his = (await deskWithKeys(bob)).desk;
  await using carols = (await deskWithKeys(carol)).desk;
  await alice.group("Team", bob);
  const begun = await hers.run(["open", "Team"], "/encrypt yes shared\nfirst\n");
  expect(begun).toMatchObject({ code: 0 });
  const refused = await his.run(["open", "Team"], `/add ${carol.username}\n`);
  expect(refused).toMatchObject({
    code: 1,
    errors: "The server refuses it: who signed it may not do this.\n",
  });
  const led = [`/role ${bob.username} admin`, "second"];
  expect(await hers.run(["open", "Team"], `${led.join("\n")}\n`)).toMatchObject({ code: 0 });
  const adding = `/add ${carol.username}\n/add ${carol.username}\nthird\n`;
  const added = await his.run(["open", "Team"], adding);
  expect(added).toMatchObject({
    code: 1,
    errors: `${carol.username} is in this chat.\n${carol.username} is in this chat already.\n`,
  });
  const read = await carols.run(["open", "Team"], "/leave\n");
  expect(read).toMatchObject({ code: 0, errors: "You have left this chat.\n" });
  for (const one of ["first", "second", "third"]) expect(read.out).toContain(one);
  expect((await carols.run(["list"])).out).toBe("");
  const plain = await bob.group("Plain", alice);
  expect(plain).toBeNumber();
  expect(await his.run(["open", "Plain"], "/leave\n")).toMatchObject({
    code: 1,
    errors: "That is for encrypted chats, and this is none.\n",
  });
});

test("two people compare their safety number; new keys of one are told loudly, and the other accepts them", async () => {
  const { alice, bob, hers, his, hisKey } = await pair();
  await using _hers = hers;
  await using _his = his;
  const number = (out: string) => out.match(/(\d{5} ?){4}/g)?.join(" ");
  expect(await hers.run(["open", bob.username], "/verify\n")).toMatchObject({ code: 2 });
  const seen = await hers.run(["open", bob.username], `/safety\n/verify ${bob.username}\n/safety\n`);
  expect(seen.code).toBe(0);
  expect(seen.errors).toContain(`The keys of ${bob.username} are verified`);
  expect(seen.errors).toContain("You have compared it.");
  const theirs = await his.run(["open", alice.username], "/safety\n");
  expect(number(seen.errors)?.slice(0, 71)).toBe(number(theirs.errors)!);
  const asked = await his.run(["keys", "reset"], `${password}\n`);
  expect(asked.code).toBe(2);
  expect(asked.errors).toContain("nobody will ever read again");
  const reset = await his.run(["keys", "reset", "--yes"], `${password}\n`);
  expect(reset.code).toBe(0);
  expect(reset.out).not.toBe(`${hisKey}\n`);
  const warned = await hers.run(["open", bob.username], "is that you?\n");
  expect(warned.code).toBe(6);
  expect(warned.errors).toContain(`!! ${bob.username} has new keys, and nothing of before vouches for them.`);
  expect(warned.out).not.toContain("is that you?");
  const accepted = await hers.run(["open", bob.username], `/accept ${bob.username}\nis that you?\n`);
  expect(accepted.out).toContain("is that you?");
  expect((await his.run(["open", alice.username], "")).out).toContain("is that you?");
});

test("a message that is not to be believed is told loudly, and pipes learn of it", async () => {
  const { alice, bob, chatId, hers, his } = await pair();
  await using _hers = hers;
  await using _his = his;
  await his.run(["send", alice.username, "honest"]);
  const honest = (await bob.history(chatId)).at(-1).content;
  const header = JSON.parse(Buffer.from(honest.split(".")[0], "base64url").toString());
  const mid = crypto.randomUUID();
  const key = crypto.getRandomValues(new Uint8Array(32));
  const content = await seal({ ...header, mid }, key, new TextEncoder().encode("forged"));
  const message = { content, client_id: mid, content_type: "text", encrypted: true };
  expect(await bob.post(`/api/messages/${chatId}`, message)).toMatchObject({ status: 201 });
  const read = await hers.run(["open", bob.username]);
  expect(read.code).toBe(6);
  expect(read.errors).toMatch(/^\[2\] !! .+\.$/m);
  const [first, second, why] = told(read.out);
  expect([first, second]).toEqual([
    `[1] ${bob.username}: honest`,
    `[2] ${bob.username}: (not to be believed)`,
  ]);
  expect(why).toStartWith("     !! ");
  const all = await hers.run(["export", "--json", bob.username]);
  expect(all).toMatchObject({ code: 6, errors: read.errors });
  expect(jsonOf(all.out)[1].opened).toMatchObject({ state: "failed", content: "" });
});

test("signing out says what is lost with it", async () => {
  const [alice] = await server.people("alice");
  const { desk } = await deskWithKeys(alice);
  await using _ = desk;
  const { code, errors } = await desk.run(["logout"]);
  expect(code).toBe(0);
  expect(errors).toStartWith(
    "Your keys are erased here. To read encrypted chats again, you need your recovery key",
  );
});

test("files go into encrypted chats and come out as they were, and the server has no name of them", async () => {
  const { alice, bob, chatId, hers, his } = await pair();
  await using _hers = hers;
  await using _his = his;
  const path = join(hers.directory, "a plan.txt");
  writeFileSync(path, "tea at six");
  expect(await hers.run(["send", "--file", path, bob.username, "for you"])).toMatchObject({ code: 0 });
  const saved = await his.run(["open", alice.username], `/save ^ ${his.directory}\n`);
  expect(saved).toMatchObject({ code: 0, errors: `Saved ${his.directory}/a plan.txt\n` });
  expect(readFileSync(join(his.directory, "a plan.txt"), "utf8")).toBe("tea at six");
  expect(JSON.stringify(await bob.history(chatId))).not.toContain("plan");
  const [sent] = jsonOf((await his.run(["export", "--json", alice.username])).out);
  expect(sent.opened.media[0]).toMatchObject({ original_filename: "a plan.txt" });
});
