/** What has its time: clocks that are set, devices whose service fails, and what is told of each chat. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { fcmAnswers } from "../support/google-answers.ts";
import { readUpTo } from "../support/notified.ts";
import { linesOf, PushScene } from "../support/pushed.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { password } from "../support/server.ts";
import { until } from "../support/until.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

async function pair(scene: PushScene) {
  const [alice, bob] = await scene.server.people("alice", "bob");
  return { alice, bob, chat: await alice.directWith(bob) };
}

/** Somebody is connected, and does not prove anything. */
async function connected(person: Parameters<typeof RawSocket.of>[0]): Promise<void> {
  (await RawSocket.of(person)).answersPings = false;
}

/** A push service that answers when it is told to. */
function held() {
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const answer = async () => {
    asked.resolve();
    await answered.promise;
    return new Response(null, { status: 201 });
  };
  return { answer, asked: asked.promise, let: answered.resolve };
}

test("a clock that is put back delays nothing by more than it would have waited", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const phone = await scene.phone(bob);
  await connected(bob);
  await alice.say(chat, "hello");
  await scene.later(1_000);
  scene.clock.set(-86_400_000);
  await scene.later(20_000);
  await scene.later(11_000);
  expect(phone.lines).toEqual([`message ${alice.username}: hello`]);
  scene.clock.set(-1_800_000);
  await alice.say(chat, "and again");
  await scene.later(11_000);
  expect(phone.lines.length).toBe(2);
});

test("what came in the last hour of an outage is told, and nothing older alone", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const browser = await scene.browser(bob);
  browser.answer(503);
  await alice.say(chat, "old");
  await scene.later();
  for (let minute = 0; minute < 59; minute++) await scene.later(60_000);
  await scene.later(50_000);
  await alice.say(chat, "new");
  await scene.later(15_000);
  browser.answer(201);
  for (let minute = 0; minute < 6; minute++) await scene.later(60_000);
  expect(linesOf(browser)).toEqual([`message ${alice.username}: new`]);
});

test("a mention goes before a reaction, and one that is deleted takes no other with it", async () => {
  await using scene = await PushScene.start();
  const [alice, bob] = await scene.server.people("alice", "bob");
  const chat = await alice.group("Team", bob);
  const own = await bob.say(chat, "mine");
  await scene.later(15_000);
  const phone = await scene.phone(bob);
  await connected(bob);
  await alice.say(chat, `@${bob.username} important`);
  await scene.later(1_000);
  const slip = await alice.say(chat, `@${bob.username} slip`);
  await alice.put(`/api/messages/${own.id}/reactions/${encodeURIComponent("👍")}`);
  await scene.later(1_000);
  await alice.delete(`/api/messages/${slip.id}`);
  await scene.later(20_000);
  expect(phone.lines).toEqual([
    `mention ${alice.username} mentioned you in Team: @${bob.username} important`,
  ]);
});

test("what happens in a chat while a push is under way does not make it ring twice", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const older = await alice.say(chat, "older");
  await readUpTo(bob, older);
  await scene.later();
  const browser = await scene.browser(bob);
  const service = held();
  browser.answer(service.answer);
  await alice.say(chat, "first");
  await service.asked;
  // An event that ends when it is written down, behind which the follower has seen the deletion.
  const phone = await scene.phone(alice);
  await alice.delete(`/api/messages/${older.id}`);
  await bob.say(chat, "seen by the follower");
  await scene.google.next(phone.token);
  service.let();
  await scene.later();
  await scene.later(5_000);
  expect(linesOf(browser)).toEqual([`message ${alice.username}: first`]);
});

test("a message that comes while another is under way has its own ten seconds", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const laptop = await scene.server.login(bob.username);
  await connected(bob);
  const browser = await scene.browser(laptop);
  const service = held();
  browser.answer(service.answer);
  await alice.say(chat, "first");
  await scene.server.settled();
  scene.clock.turn(10_050);
  await service.asked;
  const phone = await scene.phone(alice);
  await alice.say(chat, "second");
  await bob.say(chat, "seen by the follower");
  await scene.google.next(phone.token);
  service.let();
  await scene.later(8_000);
  expect(linesOf(browser)).toEqual([`message ${alice.username}: first`]);
  await scene.later(3_000);
  expect(linesOf(browser)).toEqual([`message ${alice.username}: first`, `message ${alice.username}: second`]);
});

test("a browser that shows many chats closes some with each push", async () => {
  await using scene = await PushScene.start({ rateLimits: "off" });
  const { alice, bob, chat } = await pair(scene);
  const browser = await scene.browser(bob);
  const again = await scene.server.login(bob.username);
  for (let i = 0; i < 60; i++) await alice.say(await alice.group(`Group ${i}`, bob), "hello");
  await scene.later();
  await scene.later(11_000);
  for (const { last_message } of (await again.get("/api/chats?limit=100")).body.chats) {
    if (last_message) await readUpTo(again, last_message);
  }
  await scene.later(2_000);
  const closes: number[] = [];
  for (const text of ["one", "two", "three"]) {
    await alice.say(chat, text);
    await scene.later();
    closes.push((browser.received.at(-1)!.content as any).read_chat_ids.length);
  }
  expect(closes).toEqual([50, 10, 0]);
});

test("a web app that is reached by FCM is told what to close, too", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const app = await scene.phone(bob, { platform: "web" });
  const message = await alice.say(chat, "hello");
  await scene.later();
  await readUpTo(await scene.server.login(bob.username), message);
  await scene.later(5_000);
  expect(app.lines.length).toBe(1);
  const [carol] = await scene.server.people("carol");
  await carol.say(await carol.directWith(bob), "hi");
  await scene.later();
  expect(app.received.at(-1)!.data!["read_chat_ids"]).toBe(JSON.stringify([chat]));
});

test("a device whose service asks for a pause is asked for no chat before", async () => {
  await using scene = await PushScene.start({ rateLimits: "off" });
  const [alice, bob] = await scene.server.people("alice", "bob");
  const chats: number[] = [];
  for (let i = 0; i < 5; i++) chats.push(await alice.group(`Group ${i}`, bob));
  await scene.later(15_000);
  const browser = await scene.browser(bob);
  browser.answer(() => new Response(null, { status: 429, headers: { "retry-after": "600" } }));
  for (const chat of chats) {
    await alice.say(chat, "hello");
    await scene.later(1_000);
  }
  expect(scene.browsers.requests).toBe(1);
  browser.answer(201);
  await scene.later(600_000);
  expect(browser.received.length).toBe(5);
});

test("a service that works again is asked as soon as any other when it fails once more", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const browser = await scene.browser(bob);
  browser.answer(503);
  await alice.say(chat, "one");
  for (const pause of [0, 1_000, 2_000]) await scene.later(pause);
  browser.answer(201);
  await scene.later(4_000);
  expect(browser.received.length).toBe(1);
  browser.answer(503);
  await alice.say(chat, "two");
  await scene.later();
  browser.answer(201);
  await scene.later(1_000);
  expect(browser.received.length).toBe(2);
});

test("what is read while an access token is fetched is not told", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const phone = await scene.phone(bob);
  const slow = Promise.withResolvers<void>();
  scene.google.tokensFrom = slow.promise;
  const message = await alice.say(chat, "hello");
  await until(() => scene.google.tokenRequests === 1);
  await readUpTo(await scene.server.login(bob.username), message);
  slow.resolve();
  await scene.later();
  await scene.later(5_000);
  expect(phone.lines).toEqual([]);
});

test("of several pauses that a service asks for the longest counts", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const group = await alice.group("Team", bob);
  await scene.later(15_000);
  const browser = await scene.browser(bob);
  const both = Promise.withResolvers<void>();
  let asked = 0;
  browser.answer(async () => {
    const isFirst = ++asked === 1;
    if (asked === 2) both.resolve();
    await both.promise;
    // The one that asks for a long pause is settled first.
    if (!isFirst) await scene.server.logged(/"a push was not taken"/);
    const headers = isFirst ? { "retry-after": "600" } : {};
    return new Response(null, { status: isFirst ? 429 : 503, headers });
  });
  await alice.say(chat, "one");
  await alice.say(group, "two");
  await both.promise;
  await scene.later(60_000);
  const [carol] = await scene.server.people("carol");
  await carol.say(await carol.directWith(bob), "three");
  await scene.later(60_000);
  expect(asked).toBe(2);
});

test("people whose services hang leave half of the lanes to others", async () => {
  await using scene = await PushScene.start({ rateLimits: "off" });
  const bad = await scene.server.people(...Array.from("abcdefghij").map((one) => `bad_${one}_`));
  const [alice, carol] = await scene.server.people("alice", "carol");
  for (const one of bad)
    for (let i = 0; i < 4; i++) (await scene.browser(one)).answer(() => new Promise(() => {}));
  const browser = await scene.browser(carol);
  const group = await bad[0]!.group("Group", ...bad.slice(1), alice);
  const direct = await alice.directWith(carol);
  await alice.say(group, "hello");
  // All lanes hang, until each device has failed once.
  await until(() => scene.browsers.requests === 32);
  scene.clock.turn(10_000);
  await until(() => scene.browsers.requests >= 36);
  scene.clock.turn(10_000);
  scene.clock.turn(10_000);
  // Half of the lanes hang again.
  await until(() => scene.browsers.requests >= 36 + 16);
  await alice.say(direct, "hello");
  expect((await browser.next()).content).toMatchObject({ body: "hello" });
});

test("health says nothing of a service for which nothing is left", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  await scene.phone(bob);
  scene.google.tokenAnswer = () => new Response("", { status: 500 });
  const message = await alice.say(chat, "hello");
  await scene.later();
  const background = async () => (await alice.get("/health")).body.checks.background;
  expect(await background()).toBe("retrying");
  await readUpTo(await scene.server.login(bob.username), message);
  for (let minute = 0; minute < 3; minute++) await scene.later(60_000);
  scene.google.tokenAnswer = undefined;
  for (let minute = 0; minute < 3; minute++) await scene.later(60_000);
  expect(await background()).toBe("ok");
});

test("a session that is over is told nothing, even before its devices are forgotten", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const phone = await scene.phone(bob);
  await connected(bob);
  await alice.say(chat, "hello");
  await scene.later();
  // As if the follower were late.
  {
    using db = openBeside(scene.server.dataDir);
    db.run("CREATE TABLE kept AS SELECT * FROM device_tokens");
    db.run("CREATE TABLE kept_rows AS SELECT * FROM push_outbox");
  }
  const again = await scene.server.login(bob.username);
  const change = { current_password: password, new_password: "another good one 42" };
  await again.post("/api/auth/password", change);
  await scene.server.settled();
  {
    using db = openBeside(scene.server.dataDir);
    db.run("INSERT INTO device_tokens SELECT * FROM kept");
    db.run("INSERT INTO push_outbox SELECT * FROM kept_rows");
  }
  await scene.later(11_000);
  expect(phone.lines).toEqual([]);
});

test("a closing that a service will never take is given up", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const phone = await scene.phone(bob);
  const laptop = await scene.server.login(bob.username);
  await alice.say(chat, "one");
  await scene.later();
  await connected(laptop);
  const second = await alice.say(chat, "two");
  scene.google.otherwise = fcmAnswers.noApnsKey;
  await readUpTo(laptop, second);
  await scene.later(1_000);
  const asked = phone.received.length;
  for (let i = 0; i < 5; i++) await scene.later(11_000);
  expect(phone.received.length).toBeLessThanOrEqual(asked + 2);
});

test("what fails together counts once, and all of it is tried again", async () => {
  await using scene = await PushScene.start({ rateLimits: "off" });
  const [alice, bob] = await scene.server.people("alice", "bob");
  const chats: number[] = [];
  for (let i = 0; i < 12; i++) chats.push(await alice.group(`Group ${i}`, bob));
  await scene.later(15_000);
  const phone = await scene.phone(bob);
  const newest = [];
  for (const chat of chats) newest.push(await alice.say(chat, "hello"));
  await scene.later();
  const laptop = await scene.server.login(bob.username);
  for (const message of newest) await readUpTo(laptop, message);
  scene.google.otherwise = fcmAnswers.unavailable;
  await scene.later(1_000);
  scene.google.otherwise = fcmAnswers.accepted;
  const before = phone.lines.length;
  await scene.later(1_000);
  const closed = new Set(phone.lines.slice(before).filter((one) => one.startsWith("read")));
  expect(closed.size).toBe(12);
});

test("what a service takes while the server stops is not sent again by the next", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const browser = await scene.browser(bob);
  const service = held();
  browser.answer(service.answer);
  await alice.say(chat, "hello");
  await service.asked;
  const restarted = scene.server.restart();
  service.let();
  await restarted;
  await scene.later();
  await scene.later(60_000);
  expect(linesOf(browser)).toEqual([`message ${alice.username}: hello`]);
});

test("a device whose pause was made by a clock that was fast is asked soon after that is set", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const browser = await scene.browser(bob);
  browser.answer(503);
  await alice.say(chat, "hello");
  await scene.later();
  browser.answer(201);
  scene.clock.set(-3 * 3_600_000);
  await scene.later(1_000);
  await scene.later(11_000);
  expect(browser.received.length).toBe(1);
});

test("a push closes no chat for which another is on its way", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const group = await alice.group("Team", bob);
  await scene.later(15_000);
  const browser = await scene.browser(bob);
  const first = await alice.say(chat, "one");
  await scene.later();
  const laptop = await scene.server.login(bob.username);
  await readUpTo(laptop, first);
  await scene.later(2_000);
  await connected(laptop);
  await alice.say(chat, "two");
  await alice.say(group, "three");
  await scene.later(11_000);
  const told = browser.received.slice(1).map((one) => one.content as any);
  expect(told.map((one) => one.body).toSorted()).toEqual([`${alice.username}: three`, "two"]);
  expect(told.flatMap((one) => one.read_chat_ids)).toEqual([]);
});

test("what is shown is what counts as shown: an older message stays when a newer one is deleted", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  await alice.say(await alice.group("Team", bob), `@${bob.username} look`);
  await scene.later();
  const phone = await scene.phone(bob);
  await connected(bob);
  await alice.say(chat, "one");
  const slip = await alice.say(chat, "two");
  await scene.later();
  await alice.delete(`/api/messages/${slip.id}`);
  await scene.later(11_000);
  // All that is shown is looked at once more.
  await bob.post("/api/notifications/read-all");
  await scene.later(2_000);
  expect(phone.lines).toEqual([`message ${alice.username}: one`]);
});

test("whoever has muted a chat meanwhile is told of no reaction there", async () => {
  await using scene = await PushScene.start();
  const [alice, bob] = await scene.server.people("alice", "bob");
  const chat = await alice.group("Team", bob);
  const own = await bob.say(chat, "mine");
  await scene.later(15_000);
  const phone = await scene.phone(bob);
  await connected(bob);
  await alice.put(`/api/messages/${own.id}/reactions/${encodeURIComponent("👍")}`);
  await scene.later(1_000);
  await bob.put(`/api/chats/${chat}/me`, { notify: "none" });
  await scene.later(11_000);
  expect(phone.lines).toEqual([]);
});

test("what comes while an access token is fetched is told once", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const phone = await scene.phone(bob);
  const slow = Promise.withResolvers<void>();
  scene.google.tokensFrom = slow.promise;
  await alice.say(chat, "one");
  await until(() => scene.google.tokenRequests === 1);
  await alice.say(chat, "two");
  const written = () => {
    using db = openBeside(scene.server.dataDir);
    return db.query("SELECT 1 FROM push_outbox WHERE last_id > first_id").get() !== null;
  };
  await until(written);
  slow.resolve();
  await scene.later();
  expect(phone.lines).toEqual([`message ${alice.username}: two`]);
});

test("what is shown is closed even after an outage that was longer than anything is told for", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const phone = await scene.phone(bob);
  await alice.say(chat, "one");
  await scene.later();
  scene.google.otherwise = fcmAnswers.unauthenticated;
  const second = await alice.say(chat, "two");
  await scene.later();
  await readUpTo(await scene.server.login(bob.username), second);
  for (let minute = 0; minute < 70; minute++) await scene.later(60_000);
  scene.google.otherwise = fcmAnswers.accepted;
  const before = phone.lines.length;
  await scene.later(61_000);
  await scene.later(61_000);
  expect(phone.lines.slice(before)).toContain(`read ${chat}`);
});

test("a phone that has shown a message by itself does not ring after an outage", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat } = await pair(scene);
  const phone = await scene.phone(bob);
  const app = await bob.connect();
  scene.google.tokenAnswer = () => new Response("", { status: 500 });
  const message = await alice.say(chat, "hello");
  expect((await bob.post(`/api/messages/${message.id}/delivered`)).status).toBe(200);
  for (let minute = 0; minute < 5; minute++) await scene.later(60_000);
  await app.close();
  scene.google.tokenAnswer = undefined;
  await scene.later(61_000);
  expect(phone.lines).toEqual([]);
});
