import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

setDefaultTimeout(20_000);

const path = "/api/notifications/settings";
const change = (person: Person, wanted: object) => person.put(path, wanted);
const usual = { push_content: "full", do_not_disturb_until: null, quiet_hours: null };
const night = { from: "22:00", to: "07:00", time_zone: "Europe/Berlin" };

test("whoever has set nothing is pushed everything at any time", async () => {
  const [alice] = await (await shared()).people("alice");
  const { status, body } = await alice.get(path);
  expect([status, body]).toEqual([200, usual]);
});

test("what is absent stays, null clears, and what pushes say is always one of three", async () => {
  const server = await shared();
  const [alice, bob] = await server.people("alice", "bob");
  const until = "2999-01-01T00:00:00.000Z";
  const steps: [wanted: object, changed: object][] = [
    [{}, usual],
    [{ push_content: "sender" }, { push_content: "sender" }],
    [{ quiet_hours: night }, { quiet_hours: night }],
    [{ do_not_disturb_until: until }, { do_not_disturb_until: until }],
    [{ push_content: null }, {}],
    [
      { push_content: "none", quiet_hours: null },
      { push_content: "none", quiet_hours: null },
    ],
    [
      { quiet_hours: { ...night, from: "13:00", to: "14:00" } },
      { quiet_hours: { ...night, from: "13:00", to: "14:00" } },
    ],
    [{}, {}],
    [{ do_not_disturb_until: null }, { do_not_disturb_until: null }],
    [{ push_content: "full", quiet_hours: null }, usual],
  ];
  let expected = usual;
  for (const [wanted, changed] of steps) {
    expected = { ...expected, ...changed };
    const reply = await change(alice, wanted);
    expect([wanted, reply.status, reply.body]).toEqual([wanted, 200, expected]);
    // On another device, too.
    expect((await (await server.login(alice.username)).get(path)).body).toEqual(expected);
  }
  expect((await bob.get(path)).body).toEqual(usual);
});

test("do-not-disturb may be written with any offset, and is answered in UTC until it is over", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const until = async () => (await alice.get(path)).body.do_not_disturb_until;
  // It is midnight.
  const given = { do_not_disturb_until: "2030-01-01T05:50:00.5+05:45" };
  expect((await change(alice, given)).body.do_not_disturb_until).toBe("2030-01-01T00:05:00.500Z");
  clock.turn(5 * 60_000);
  expect(await until()).toBe("2030-01-01T00:05:00.500Z");
  clock.turn(500);
  expect(await until()).toBeNull();
  const past = { do_not_disturb_until: "2029-12-31T00:00:00Z" };
  expect((await change(alice, past)).body.do_not_disturb_until).toBeNull();
});

test("a time zone is known by all its names, and answered as they are spelt", async () => {
  const [alice] = await (await shared()).people("alice");
  const names = [
    ["Asia/Kathmandu", "Asia/Kathmandu"],
    ["Asia/Katmandu", "Asia/Katmandu"],
    ["europe/BERLIN", "Europe/Berlin"],
    ["US/Pacific", "US/Pacific"],
    ["Etc/GMT+5", "Etc/GMT+5"],
    ["utc", "UTC"],
  ];
  for (const [given, time_zone] of names) {
    const reply = await change(alice, { quiet_hours: { ...night, time_zone: given } });
    expect(reply.body.quiet_hours).toEqual({ ...night, time_zone });
  }
});

test("what cannot be is refused by the name of its field, and nothing of it is kept", async () => {
  const [alice] = await (await shared()).people("alice");
  await change(alice, { quiet_hours: night });
  const refused = async (field: string, wanted: object) =>
    expectInvalid(await change(alice, { push_content: "none", ...wanted }), field);
  for (const time_zone of ["Mars/Base", "+05:45", "", "x".repeat(60), "Europe/Berlin\0", "\ud800", 5, null]) {
    await refused("quiet_hours.time_zone", { quiet_hours: { ...night, time_zone } });
  }
  for (const time of ["24:00", "7:00", "07:60", "07:00:00", "07:00\n", " 07:00", "", 7, null]) {
    await refused("quiet_hours.from", { quiet_hours: { ...night, from: time } });
    await refused("quiet_hours.to", { quiet_hours: { ...night, to: time } });
  }
  await refused("quiet_hours.to", { quiet_hours: { ...night, to: night.from } });
  for (const quiet_hours of ["22:00-07:00", true, []]) await refused("quiet_hours", { quiet_hours });
  for (const until of ["tomorrow", "2030-01-01", "2030-01-01T00:00:00", "2030-02-30T00:00:00Z", 1893456000]) {
    await refused("do_not_disturb_until", { do_not_disturb_until: until });
  }
  await refused("do_not_disturb_until", { do_not_disturb_until: "9999-12-31T23:59:59-12:00" });
  expectInvalid(await change(alice, { push_content: "all" }), "push_content");
  const missing = await change(alice, { quiet_hours: {} });
  expectInvalid(missing, "quiet_hours.from", "quiet_hours.to", "quiet_hours.time_zone");
  expect((await alice.get(path)).body).toEqual({ ...usual, quiet_hours: night });
  expectRefused(await alice.put(path, {}, { token: undefined }), 401, "unauthorized");
});

test("settings last over a restart", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const wanted = {
    push_content: "none",
    do_not_disturb_until: "2999-01-01T00:00:00.000Z",
    quiet_hours: night,
  };
  await change(alice, wanted);
  await server.restart();
  expect((await server.as(alice.signedIn).get(path)).body).toEqual(wanted);
});
