/** How many people somebody may put into chats. */
import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const hour = 3_600_000;

async function scene(config: object = {}) {
  const clock = new ManualClock();
  const limits = { membershipsPerHour: 6, sameMembershipPerDay: 2, registrationsPerHour: 100 };
  const server = await TestServer.start({ clock, config: { rateLimits: "on", ...limits, ...config } });
  const people: Person[] = [];
  for (let n = 0; n < 9; n++) people.push(await server.register(`person${n}`));
  const [alice, ...others] = people as [Person, ...Person[]];
  const group = (by: Person, ...members: Person[]) =>
    by.post("/api/chats/group", { name: "group", member_ids: members.map((one) => one.id) });
  return { clock, server, alice, others, group };
}

test("new groups, new members and new direct chats have one budget per person", async () => {
  const { clock, server, alice, others, group } = await scene();
  await using _ = server;
  const made = await group(alice, ...others.slice(0, 3));
  expect(made.status).toBe(201);
  const add = (one: Person) => alice.post(`/api/chats/${made.body.id}/members`, { user_id: one.id });
  const talk = (one: Person) => alice.post("/api/chats/direct", { user_id: one.id });
  expect((await add(others[3]!)).status).toBe(201);
  expect((await talk(others[0]!)).status).toBe(201);
  expectRefused(await group(alice, others[0]!, others[1]!), 429, "rate_limited");
  // What is refused, or there already, costs nothing.
  expectRefused(await add(others[3]!), 409, "already_member");
  expectInvalid(await group(alice, { id: 999 } as Person), "member_ids.0");
  expect((await talk(others[0]!)).status).toBe(200);
  expect((await group(alice, others[0]!)).status).toBe(201);

  const refused = await add(others[4]!);
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body).toMatchObject({
    retry_after: 600,
    detail: "You may add 6 people to chats in an hour.",
  });
  expectRefused(await talk(others[1]!), 429, "rate_limited");
  expectRefused(await group(alice, others[0]!), 429, "rate_limited");
  // A group of one's own puts nobody else anywhere, and others have budgets of theirs.
  expect((await group(alice)).status).toBe(201);
  expect((await group(others[0]!, alice, others[1]!)).status).toBe(201);
  expect((await alice.get("/api/chats")).body.chats).toHaveLength(5);
  clock.turn(hour / 6);
  expect((await add(others[4]!)).status).toBe(201);
});

test("a group of more people than that is refused whole", async () => {
  const { server, alice, others, group } = await scene();
  await using _ = server;
  const refused = await group(alice, ...others.slice(0, 7));
  expectInvalid(refused, "member_ids");
  expect(refused.body.errors[0].message).toBe("names 7 people; you may add 6 people to chats in an hour");
  expect((await others[0]!.get("/api/chats")).body.chats).toEqual([]);
  expect((await group(alice, ...others.slice(0, 6))).status).toBe(201);
});

test("the same person is put into the same group only so often a day, whoever does it", async () => {
  const { clock, server, alice, others, group } = await scene({ membershipsPerHour: 100 });
  await using _ = server;
  const [bob, carol, dave] = others as [Person, Person, Person];
  const { id } = (await group(alice, bob, carol)).body;
  await alice.put(`/api/chats/${id}/members/${carol.id}`, { role: "admin" });
  const again = async (by: Person, who: Person) => {
    await by.delete(`/api/chats/${id}/members/${who.id}`);
    return by.post(`/api/chats/${id}/members`, { user_id: who.id });
  };
  expect((await again(alice, bob)).status).toBe(201);
  expect((await again(carol, bob)).status).toBe(201);
  expectRefused(await again(alice, bob), 429, "rate_limited");
  expect((await again(alice, dave)).status).toBe(201);
  expect((await group(alice, bob)).status).toBe(201);
  // Who was not put there for another reason may be later.
  const poor = others[3]!;
  const [spent, late] = [others[4]!, others[5]!];
  const theirs = (await group(poor, ...others.slice(6, 8))).body.id;
  for (let n = 0; n < 98; n++) await group(poor, spent);
  const join = () => poor.post(`/api/chats/${theirs}/members`, { user_id: late.id });
  for (let n = 0; n < 3; n++) expectRefused(await join(), 429, "rate_limited");
  clock.turn(60_000);
  expect((await join()).status).toBe(201);
  clock.turn(12 * hour);
  expect((await again(await server.login(alice.username), bob)).status).toBe(201);
});
