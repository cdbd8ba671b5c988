import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(20_000);

const register = (person: Person, token: string, more: object = {}) =>
  person.post("/api/auth/device-token", { token, ...more });

/** The tokens as they are stored, with whose they are. */
function stored(server: TestServer): [token: string, userId: number, sessionId: number][] {
  using db = openBeside(server.dataDir);
  const rows = db.query("SELECT token, user_id, session_id FROM device_tokens ORDER BY token").values();
  return rows as [string, number, number][];
}

const tokens = (server: TestServer) => stored(server).map(([token]) => token);

test("a device is registered by either name of its token, and again without a second one", async () => {
  await using server = await TestServer.start();
  const bob = await server.register("bob");
  const phone = await register(bob, "phone", { platform: "android" });
  expect([phone.status, phone.body]).toEqual([200, { id: expect.any(Number) }]);
  const same = await bob.post("/api/auth/device-token", { device_token: "phone", platform: "ios" });
  expect(same.body).toEqual(phone.body);
  const laptop = await register(bob, "laptop");
  expect(laptop.body.id).not.toBe(phone.body.id);
  expect(tokens(server)).toEqual(["laptop", "phone"]);
  expect((await bob.delete(`/api/auth/device-token/${phone.body.id}`)).status).toBe(204);
  expect(tokens(server)).toEqual(["laptop"]);
  expectRefused(await bob.delete(`/api/auth/device-token/${phone.body.id}`), 404, "not_found");
});

test("what is no token is refused", async () => {
  await using server = await TestServer.start();
  const bob = await server.register("bob");
  const path = "/api/auth/device-token";
  expect((await register(bob, "x".repeat(4096))).status).toBe(200);
  expectInvalid(await register(bob, "x".repeat(4097)), "token");
  expectInvalid(await register(bob, ""), "token");
  expectInvalid(await bob.post(path, {}), "token");
  expectInvalid(await bob.post(path, { token: null, device_token: null }), "token");
  expectInvalid(await bob.post(path, { device_token: 1 }), "device_token");
  expectInvalid(await register(bob, "phone", { platform: "toaster" }), "platform");
  expectRefused(await bob.post(path, { token: "phone" }, { token: undefined }), 401, "unauthorized");
});

test("a phone that changes hands is its new user's alone", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const before = (await register(alice, "phone")).body.id;
  const after = (await register(bob, "phone")).body.id;
  expect(stored(server).map(([, userId]) => userId)).toEqual([bob.id]);
  expect(after).not.toBe(before);
  expectRefused(await alice.delete(`/api/auth/device-token/${before}`), 404, "not_found");
  expectRefused(await alice.delete(`/api/auth/device-token/${after}`), 404, "not_found");
  expect(tokens(server)).toEqual(["phone"]);
});

test("when a session ends its devices are forgotten, and no others", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const [bob, tablet, laptop] = [
    await server.register("bob"),
    await server.login("bob"),
    await server.login("bob"),
  ];
  await register(alice, "alices");
  await register(bob, "phone");
  await register(tablet, "tablet");
  await register(laptop, "laptop");
  await tablet.post("/api/auth/logout");
  await server.settled();
  expect(tokens(server)).toEqual(["alices", "laptop", "phone"]);
  const change = { current_password: password, new_password: "another good one 42" };
  expect((await bob.post("/api/auth/password", change)).status).toBe(204);
  await server.settled();
  expect(tokens(server)).toEqual(["alices", "phone"]);
  await server.operate("user disable", { username: "bob" });
  await server.settled();
  expect(tokens(server)).toEqual(["alices"]);
});

test("a device that signs in again belongs to the new session", async () => {
  await using server = await TestServer.start();
  const bob = await server.register("bob");
  await register(bob, "phone");
  const again = await server.login("bob");
  await register(again, "phone");
  await bob.post("/api/auth/logout");
  await server.settled();
  expect(tokens(server)).toEqual(["phone"]);
  await again.post("/api/auth/logout");
  await server.settled();
  expect(tokens(server)).toEqual([]);
});

test("one device more than a person may have forgets the one that was registered longest ago", async () => {
  await using server = await TestServer.start({ config: { devicesPerUser: 3 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  await register(alice, "z");
  for (const token of ["a", "b", "c"]) await register(bob, token);
  expect(tokens(server)).toEqual(["a", "b", "c", "z"]);
  await register(bob, "a");
  await register(bob, "d");
  expect(tokens(server)).toEqual(["a", "c", "d", "z"]);
});

test("a token is shown nowhere and logged nowhere, and is gone from the disk once it is removed", async () => {
  const secret = "device-token-8eb2f1";
  await using server = await TestServer.start();
  const bob = await server.register("bob");
  const replies = [await register(bob, secret), await register(bob, secret, { platform: "toaster" })];
  for (const path of ["/api/auth/me", "/api/auth/sessions", "/api/notifications"]) {
    replies.push(await bob.get(path));
  }
  expect(JSON.stringify(replies.map((one) => one.body))).not.toContain(secret);
  expect(server.log.join("\n")).not.toContain(secret);
  expect(server.log.length).toBeGreaterThan(0);
  await bob.delete(`/api/auth/device-token/${replies[0]!.body.id}`);
  await server.app.stop();
  const directory = join(server.dataDir, "db");
  for (const name of readdirSync(directory)) {
    expect(readFileSync(join(directory, name)).includes(secret)).toBe(false);
  }
  await server.open();
});
