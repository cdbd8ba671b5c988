/** What becomes of pushes when a service fails, is slow, or the server is killed. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { crashAndRestart } from "../support/crash.ts";
import { fcmAnswers } from "../support/google-answers.ts";
import { readUpTo } from "../support/notified.ts";
import type { Person } from "../support/person.ts";
import { linesOf, PushScene } from "../support/pushed.ts";
import { expectRefused } from "../support/refusal.ts";
import { until } from "../support/until.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(20_000);

const hour = 3_600_000;

/** Alice writes to Bob, who is away and has a phone and a browser. */
async function pair(scene: PushScene) {
  const [alice, bob] = await scene.server.people("alice", "bob");
  const chat = await alice.directWith(bob);
  return { alice, bob, chat, phone: await scene.phone(bob), browser: await scene.browser(bob) };
}

const testAll = async (person: Person) => (await person.post("/api/notifications/test")).body.devices;

/** Rows of the outbox in which something is left to do. */
function waiting(scene: PushScene): number {
  using db = openBeside(scene.server.dataDir);
  const [row] = db.query("SELECT count(*) FROM push_outbox WHERE due_at IS NOT NULL").values();
  return Number(row![0]);
}

test("a device that its service does not know any more is forgotten", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat, phone, browser } = await pair(scene);
  scene.google.answer(phone.token, fcmAnswers.unregistered);
  browser.answer(410);
  await alice.say(chat, "hello");
  await scene.later();
  expect(await testAll(bob)).toEqual([]);
  expect(waiting(scene)).toBe(0);
});

test("what a service does not take now is tried again, with growing pauses, and as late as it says", async () => {
  await using scene = await PushScene.start();
  const { alice, chat, phone, browser } = await pair(scene);
  scene.google.answer(phone.token, fcmAnswers.internal, fcmAnswers.internal, fcmAnswers.quota);
  browser.answer(500);
  await alice.say(chat, "hello");
  await scene.later();
  expect(phone.received.length).toBe(1);
  await scene.later(1_000);
  expect(phone.received.length).toBe(2);
  await scene.later(1_000);
  expect(phone.received.length).toBe(2);
  await scene.later(1_000);
  expect(phone.received.length).toBe(3);
  await scene.later(119_000);
  expect(phone.received.length).toBe(3);
  browser.answer(201);
  await scene.later(10 * 60_000);
  expect(phone.received.length).toBe(4);
  expect(linesOf(browser)).toEqual([`message ${alice.username}: hello`]);
  await scene.later(hour);
  expect([phone.received.length, browser.received.length]).toEqual([4, 1]);
});

test("nobody is told an hour later", async () => {
  await using scene = await PushScene.start();
  const { alice, chat, browser } = await pair(scene);
  browser.answer(500);
  await alice.say(chat, "hello");
  await scene.later();
  const asked = scene.browsers.requests;
  for (let minute = 0; minute < 70; minute++) await scene.later(60_000);
  expect(scene.browsers.requests).toBeGreaterThan(asked + 5);
  browser.answer(201);
  await scene.later(hour);
  expect(browser.received).toEqual([]);
  expect(waiting(scene)).toBe(0);
});

test("wrong credentials hold up FCM alone, are said in health and log, and nothing is lost", async () => {
  await using scene = await PushScene.start();
  const { alice, chat, phone, browser } = await pair(scene);
  scene.google.tokenAnswer = () => Response.json({ error: "invalid_grant" }, { status: 400 });
  await alice.say(chat, "hello");
  await scene.later();
  expect([phone.lines, linesOf(browser)]).toEqual([[], [`message ${alice.username}: hello`]]);
  expect((await alice.get("/health")).body.checks.background).toBe("retrying");
  expect(scene.server.log.join()).toContain("invalid_grant");
  await scene.later(500);
  expect(scene.google.tokenRequests).toBe(1);
  scene.google.tokenAnswer = undefined;
  await scene.later(2_000);
  expect(phone.lines).toEqual([`message ${alice.username}: hello`]);
  expect((await alice.get("/health")).body.checks.background).toBe("ok");
});

test("without credentials for FCM nothing waits for it", async () => {
  await using scene = await PushScene.start({ firebaseCredentialsJson: "" });
  const { alice, bob, chat, phone, browser } = await pair(scene);
  expect((await bob.get("/")).body.push).toEqual({ channels: ["web_push"] });
  await alice.say(chat, "hello");
  await scene.later();
  expect([phone.lines, linesOf(browser)]).toEqual([[], [`message ${alice.username}: hello`]]);
  expect(waiting(scene)).toBe(0);
  const [tried] = await testAll(bob);
  expect(tried).toMatchObject({ channel: "fcm", outcome: "refused" });
  expect(tried.detail).toContain("no credentials");
});

test("a service that does not answer holds up nobody's messages and no other service", async () => {
  await using scene = await PushScene.start();
  const { alice, chat, phone, browser } = await pair(scene);
  scene.google.otherwise = "never";
  const socket = await alice.connect();
  await alice.say(chat, "hello");
  await browser.next();
  await alice.say(chat, "and again");
  await browser.next();
  expect((await socket.next("new_message", (one) => one["message"].content === "and again")).type).toBe(
    "new_message",
  );
  expect((await alice.history(chat)).length).toBe(2);
  await scene.google.next(phone.token);
  scene.google.otherwise = fcmAnswers.accepted;
  scene.clock.turn(30_000);
  await scene.later();
  await scene.later(10_000);
  expect(phone.lines.at(-1)).toBe(`message ${alice.username}: and again`);
});

test("what comes or is read while a push is under way is not forgotten", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat, phone, browser } = await pair(scene);
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  browser.answer(async () => {
    asked.resolve();
    await answered.promise;
    return new Response(null, { status: 201 });
  });
  await alice.say(chat, "first");
  await asked.promise;
  const second = await alice.say(chat, "second");
  // FCM has taken both meanwhile, and so they are written down.
  while (phone.received.length < 2) await scene.google.next(phone.token);
  answered.resolve();
  await scene.later();
  expect(linesOf(browser)).toEqual([`message ${alice.username}: first`, `message ${alice.username}: second`]);
  const again = await scene.server.login(bob.username);
  await readUpTo(again, second);
  await scene.later(1_000);
  expect(phone.lines.at(-1)).toBe(`read ${chat}`);
});

test("somebody whose endpoints never answer holds up nobody else, however much they are to be told", async () => {
  await using scene = await PushScene.start();
  const { alice, chat, browser } = await pair(scene);
  const [mallory] = await scene.server.people("mallory");
  for (let n = 0; n < 20; n++) (await scene.browser(mallory)).answer(() => new Promise(() => {}));
  for (let n = 0; n < 30; n++) await alice.say(await alice.group(`Group ${n}`, mallory), "hello");
  await until(() => waiting(scene) === 600);
  await alice.say(chat, "to Bob");
  expect((await browser.next()).content).toMatchObject({ body: "to Bob" });
});

test("what was not sent before a crash is sent after it, and what was read meanwhile is not", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat, phone, browser } = await pair(scene);
  scene.google.otherwise = fcmAnswers.unavailable;
  browser.answer(503);
  const read = await alice.say(chat, "to be read");
  const group = await alice.group("Team", bob);
  await alice.say(group, "to be told");
  await scene.later();
  await crashAndRestart(scene.server);
  const again = await scene.server.login(bob.username);
  await readUpTo(again, read);
  scene.google.otherwise = fcmAnswers.accepted;
  browser.answer(201);
  const before = phone.received.length;
  await scene.later(60_000);
  const told = phone.lines.slice(before).filter((one) => one.startsWith("message"));
  expect(told).toEqual([`message Team: ${alice.username}: to be told`]);
  expect(linesOf(browser)).toEqual(told);
});

test("beyond the queue's bound the oldest are dropped, which the log says", async () => {
  await using scene = await PushScene.start({ pushQueue: 3 });
  const { alice, bob, browser } = await pair(scene);
  browser.answer(503);
  await scene.later();
  for (const name of ["One", "Two", "Three", "Four", "Five"]) {
    const chat = await alice.group(name, bob);
    await scene.later();
    await alice.say(chat, "hello");
  }
  await scene.later(60_000);
  await scene.later();
  expect(waiting(scene)).toBeLessThanOrEqual(3);
  expect(scene.server.log.join()).toContain("pushes were dropped");
});

test("whoever chooses services that hang holds up a few pushes, and nobody else's", async () => {
  await using scene = await PushScene.start();
  const [alice, bob, carol] = await scene.server.people("alice", "bob", "carol");
  for (let i = 0; i < 6; i++) (await scene.browser(bob)).answer(() => new Promise(() => {}));
  const browser = await scene.browser(carol);
  await alice.say(await alice.directWith(bob), "to nobody");
  await alice.say(await alice.directWith(carol), "hello");
  expect((await browser.next()).content).toMatchObject({ body: "hello" });
  expect(scene.browsers.requests).toBe(4 + 1);
});

test("what fails alike is logged once in a minute", async () => {
  await using scene = await PushScene.start();
  const { alice, chat, browser } = await pair(scene);
  browser.answer(400);
  const lines = () => scene.server.log.filter((one) => one.includes("a push was not taken")).length;
  for (const text of ["one", "two", "three"]) {
    await alice.say(chat, text);
    await scene.later();
  }
  expect([scene.browsers.requests, lines()]).toEqual([3, 1]);
  await scene.later(61_000);
  await alice.say(chat, "four");
  await scene.later();
  expect(lines()).toBe(2);
});

test("in a minute twenty failures of different hosts have a line, and the others are counted", async () => {
  const hosts = Array.from({ length: 25 }, (_, i) => `127.0.0.${i + 1}`);
  await using scene = await PushScene.start({ devicesPerUser: 25, pushAllowedHosts: hosts });
  const [alice, bob] = await scene.server.people("alice", "bob");
  const { keys } = await scene.browsers.subscribe();
  for (const host of hosts) {
    // Nobody listens on TCP port 1.
    const body = { endpoint: `https://${host}:1/x`, keys };
    expect((await bob.post("/api/notifications/web-push-subscriptions", body)).status).toBe(200);
  }
  await alice.say(await alice.directWith(bob), "hello");
  await scene.later();
  const lines = (message: string) => scene.server.log.filter((one) => one.includes(message));
  expect(lines("a push was not taken").length).toBe(20);
  await scene.later(60_000);
  expect(lines("more pushes were not taken")).toEqual([expect.stringContaining('"count":5')]);
});

test("somebody tries their devices, and hears what each one's service says", async () => {
  await using scene = await PushScene.start({ rateLimits: "on", pushTestsPerHour: 5 });
  const { alice, bob, phone, browser } = await pair(scene);
  const good = await testAll(bob);
  expect(good.map((one: any) => [one.channel, one.outcome])).toEqual([
    ["fcm", "accepted"],
    ["web_push", "accepted"],
  ]);
  expect(phone.lines.at(-1)).toBe("test Parley: Push works on this device.");
  expect(linesOf(browser)).toEqual(["test Parley: Push works on this device."]);
  scene.google.answer(phone.token, fcmAnswers.senderIdMismatch);
  browser.answer(403);
  const bad = await testAll(bob);
  expect(bad.map((one: any) => one.outcome)).toEqual(["refused", "refused"]);
  expect(bad[0].detail).toContain("another Firebase project");
  browser.answer(404);
  expect((await testAll(bob)).map((one: any) => one.outcome)).toEqual(["accepted", "gone"]);
  expect((await testAll(bob)).length).toBe(1);
  expect(await testAll(alice)).toEqual([]);
  await testAll(bob);
  expectRefused(await bob.post("/api/notifications/test"), 429, "rate_limited");
});

test("no token, key, endpoint or text is in the log, whatever goes wrong", async () => {
  await using scene = await PushScene.start();
  const { alice, bob, chat, phone, browser } = await pair(scene);
  const secrets = [phone.token, new URL(browser.endpoint).pathname, browser.keys.auth, "a private text"];
  scene.google.answer(phone.token, fcmAnswers.invalidArgument, fcmAnswers.internal, fcmAnswers.noApnsKey);
  for (const status of [400, 500, 403, 413, 302]) {
    browser.answer(status);
    await alice.say(chat, "a private text");
    await scene.later(10_000);
  }
  await testAll(bob);
  const log = scene.server.log.join("\n");
  expect(log).toContain("a push was not taken");
  for (const secret of secrets) expect(log).not.toContain(secret);
});
