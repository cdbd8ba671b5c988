/** Browsers and UnifiedPush distributors subscribe, and apps give keys. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { linesOf, PushScene } from "../support/pushed.ts";
import { DeviceKeyRing } from "../support/push-device.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(20_000);

const scene = await PushScene.start({ devicesPerUser: 3 });
afterAll(() => scene[Symbol.asyncDispose]());
const { server, browsers } = scene;
const path = "/api/notifications/web-push-subscriptions";

test("a browser subscribes with the server's key, again without a second one, and is forgotten", async () => {
  const [bob] = await server.people("bob");
  const { key } = (await bob.get("/api/notifications/web-push-key")).body;
  expect(Buffer.from(key, "base64url").length).toBe(65);
  const { endpoint, keys } = await browsers.subscribe(key);
  const first = await bob.post(path, { endpoint, keys, expirationTime: null });
  expect([first.status, first.body]).toEqual([200, { id: expect.any(Number) }]);
  expect((await bob.post(path, { endpoint, keys })).body).toEqual(first.body);
  // A phone's call forgets no browser.
  expectRefused(await bob.delete(`/api/auth/device-token/${first.body.id}`), 404, "not_found");
  expect((await bob.delete(`${path}/${first.body.id}`)).status).toBe(204);
  expectRefused(await bob.delete(`${path}/${first.body.id}`), 404, "not_found");
  const phone = await scene.phone(bob);
  expectRefused(await bob.delete(`${path}/${phone.id}`), 404, "not_found");
});

test("addresses that lead into the operator's network, and keys that are none, are refused by name", async () => {
  const [bob] = await server.people("bob");
  const { endpoint, keys } = await browsers.subscribe();
  expect((await bob.post(path, { endpoint, keys })).status).toBe(200);
  for (const wrong of [
    "http://push.example.org/x",
    "https://127.0.0.1/x",
    "https://0x7f.1/x",
    "https://2130706433/x",
    "https://10.0.0.7/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.7]/x",
    "https://user:secret@push.example.org/x",
    "https://printer.localhost/x",
    "no address",
  ]) {
    const refused = await bob.post(path, { endpoint: wrong, keys });
    expectInvalid(refused, "endpoint");
    expect(refused.body.detail).toMatch(/^endpoint: must (lead to a public|be an https|have no user name)/);
  }
  expectInvalid(
    await bob.post(path, { endpoint: `https://push.invalid/${"x".repeat(4096)}`, keys }),
    "endpoint",
  );
  expectInvalid(await bob.post(path, { endpoint }), "keys");
  const short = await bob.post(path, { endpoint, keys: { ...keys, auth: "short" } });
  expectInvalid(short, "keys.auth");
  expect(short.body.detail).toStartWith("keys.auth: must be ");
  const p256dh = Buffer.alloc(65, 4).toString("base64url");
  expectInvalid(await bob.post(path, { endpoint, keys: { ...keys, p256dh } }), "keys.p256dh");
  const token = { token: "a phone", keys: { ...keys, p256dh } };
  expectInvalid(await bob.post("/api/auth/device-token", token), "keys.p256dh");
});

test("a browser that changes hands is its new user's alone", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const browser = await scene.browser(alice);
  const { endpoint, keys } = browser;
  expect((await bob.post(path, { endpoint, keys })).status).toBe(200);
  const chat = await alice.directWith(bob);
  await bob.say(chat, "to alice");
  await alice.say(chat, "to bob");
  await scene.later();
  expect(linesOf(browser)).toEqual([`message ${alice.username}: to bob`]);
});

test("of a device that is forgotten nothing is left", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const phone = await scene.phone(bob);
  await alice.say(await alice.directWith(bob), "hello");
  await scene.later();
  const rows = () => {
    using db = openBeside(server.dataDir);
    return db.query("SELECT count(*) AS count FROM push_outbox WHERE user_id = ?").get(bob.id);
  };
  expect(rows()).toEqual({ count: 1 });
  await bob.delete(`/api/auth/device-token/${phone.id}`);
  expect(rows()).toEqual({ count: 0 });
});

test("phones and browsers share the number of devices, and one more forgets the oldest", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const phones = [await scene.phone(bob), await scene.phone(bob), await scene.phone(bob)];
  const browser = await scene.browser(bob);
  await alice.say(await alice.directWith(bob), "hello");
  await scene.later();
  expect(phones.map((one) => one.lines.length)).toEqual([0, 1, 1]);
  expect(browser.received.length).toBe(1);
});

test("only so many new devices in an hour, and those that are known do not count", async () => {
  await using limited = await PushScene.start({ rateLimits: "on", pushRegistrationsPerHour: 3 });
  const [alice, bob] = await limited.server.people("alice", "bob");
  const register = (token: string) => bob.post("/api/auth/device-token", { token });
  const { endpoint, keys } = await limited.browsers.subscribe();
  const subscribe = () => bob.post(path, { endpoint, keys });
  const statuses = async (...replies: ReturnType<typeof subscribe>[]) =>
    (await Promise.all(replies)).map((one) => one.status);
  expect(await statuses(register("one"), register("two"), subscribe())).toEqual([200, 200, 200]);
  expect(await statuses(register("one"), subscribe(), register("two"))).toEqual([200, 200, 200]);
  const refused = await register("three");
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body.retry_after).toBe(1200);
  // One that was forgotten is new again.
  await bob.delete(`${path}/${(await subscribe()).body.id}`);
  expectRefused(await subscribe(), 429, "rate_limited");
  // And so is another's.
  await alice.post("/api/auth/device-token", { token: "hers" });
  expectRefused(await register("hers"), 429, "rate_limited");
  limited.clock.turn(1_200_000);
  expect(await statuses(register("three"))).toEqual([200]);
});

test("Google reads nothing that is pushed to a device with keys", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const ring = await DeviceKeyRing.make();
  const phone = await scene.phone(bob, { keys: ring.keys });
  const message = await alice.say(await alice.directWith(bob), "private words");
  await scene.later();
  const [{ data, ...around }] = phone.received as [any];
  expect(Object.keys(data)).toEqual(["encrypted"]);
  expect(JSON.stringify(around)).not.toContain("private words");
  expect(JSON.stringify(around)).not.toContain(alice.username);
  const opened = await ring.decrypt(new Uint8Array(Buffer.from(data.encrypted, "base64url")));
  expect(JSON.parse(new TextDecoder().decode(opened))).toMatchObject({
    type: "message",
    title: alice.username,
    body: "private words",
    message_id: message.id,
  });
});

test("the server keeps its key, and says which services are on", async () => {
  const [bob] = await server.people("bob");
  const file = join(server.dataDir, "vapid.key");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const key = (await bob.get("/api/notifications/web-push-key")).body;
  const kept = readFileSync(file, "utf8");
  await server.restart();
  const again = await server.login(bob.username);
  expect((await again.get("/api/notifications/web-push-key")).body).toEqual(key);
  expect(readFileSync(file, "utf8")).toBe(kept);
  expect((await again.get("/")).body.push).toEqual({ channels: ["fcm", "web_push"] });
  expect((await again.get("/api/status")).body.push_channels).toEqual(["fcm", "web_push"]);
  expect(server.log.join()).toContain('"push is on","channels":["fcm","web_push"]');
});
