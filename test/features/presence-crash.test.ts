import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { crashAndRestart } from "../support/crash.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import { told } from "../support/statuses.ts";
import { Written } from "../support/written.ts";

setDefaultTimeout(20_000);

/** Access tokens that outlive the hours that pass here. */
const config = { accessTokenSeconds: 86_400 };

/** Alice and Bob have a chat. The clock says how long ago something was. */
async function town() {
  const clock = new ManualClock();
  const server = await TestServer.start({ clock, config });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  await bob.directWith(alice);
  return { clock, server, alice, bob };
}

const hour = 3_600_000;

/** Waits until what was to be written so far is on disk, by writing what changes nothing. */
const written = (person: Person) => person.put("/api/auth/me", { bio: null });

async function presenceOf(server: TestServer, of: Person, asks: Person) {
  const { is_online, last_seen } = (await server.as(asks.signedIn).get(`/api/users/${of.id}`)).body;
  return { is_online, lastSeen: last_seen === null ? null : Date.parse(last_seen) };
}

test("after a crash nobody is online, and they were last seen when the server was last known to run", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  const watcher = await alice.connect();
  await bob.connect();
  await told(watcher, bob, "online");
  clock.turn(hour);
  await written(alice);
  clock.turn(30_000);
  const crashedAt = clock.now();
  await crashAndRestart(server, () => clock.turn(hour));
  const { is_online, lastSeen } = await presenceOf(server, bob, alice);
  expect(is_online).toBe(false);
  expect(lastSeen!).toBeGreaterThanOrEqual(crashedAt - 60_000);
  expect(lastSeen!).toBeLessThanOrEqual(crashedAt);
  expect((await server.as(alice.signedIn).get("/api/status")).body.online_users).toBe(0);
});

test("whoever came a moment before the crash was not last seen before they came", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  // A quiet night.
  clock.turn(6 * hour);
  const cameAt = clock.now();
  const watcher = await alice.connect();
  await bob.connect();
  await told(watcher, bob, "online");
  clock.turn(20_000);
  await crashAndRestart(server);
  const { is_online, lastSeen } = await presenceOf(server, bob, alice);
  expect(is_online).toBe(false);
  expect(lastSeen!).toBeGreaterThanOrEqual(cameAt);
  expect(lastSeen!).toBeLessThanOrEqual(clock.now());
});

test("a crash changes nothing for those who had gone before", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  const watcher = await alice.connect();
  const phone = await bob.connect();
  await told(watcher, bob, "online");
  const wentAt = clock.now();
  await phone.close();
  clock.turn(10_000);
  await told(watcher, bob, "offline");
  clock.turn(hour);
  await written(alice);
  await crashAndRestart(server, () => clock.turn(hour));
  expect(await presenceOf(server, bob, alice)).toEqual({ is_online: false, lastSeen: wentAt });
});

test("a server that is stopped says goodbye for everybody", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  await bob.connect();
  clock.turn(hour);
  await written(alice);
  clock.turn(30_000);
  const stoppedAt = clock.now();
  await server.app.stop();
  clock.turn(hour);
  await server.open();
  expect(await presenceOf(server, bob, alice)).toEqual({ is_online: false, lastSeen: stoppedAt });
  // And who comes back is told of again.
  const watcher = await server.as(alice.signedIn).connect();
  await server.as(bob.signedIn).connect();
  await told(watcher, bob, "online");
});

test("sockets that only live write nothing, but for one row a minute for all of them", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  const sockets = [];
  for (let i = 0; i < 5; i++) sockets.push(await alice.connect(), await bob.connect());
  await told(sockets[0]!, bob, "online");
  using rowsWritten = new Written(server.dataDir);
  for (let second = 0; second < 59; second++) {
    clock.turn(1_000);
    for (const socket of sockets) expect((await socket.ask({ type: "ping" })).type).toBe("pong");
  }
  expect(rowsWritten.take()).toEqual([]);
  for (let minute = 0; minute < 4; minute++) clock.turn(60_000);
  await written(alice);
  const rows = rowsWritten.take();
  expect(rows.at(-1)).toBe("users update");
  expect(rows.slice(0, -1)).toEqual(Array.from({ length: 4 }, () => "alive update"));
  console.log(`row writes of ten idle sockets in five minutes: ${rows.length - 1}`);
});
