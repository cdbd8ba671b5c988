/** How often all members of a chat may be called. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { crowdInto } from "../support/crowd.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

const hour = 3_600_000;

/** Alice owns two groups of more than three with Bob; all may be called four times an hour there. */
async function town(config: object = { mentionsAllPerHour: 4, mentionsAllFreeMembers: 3 }) {
  const clock = new ManualClock();
  const always = { rateLimits: "on", accessTokenSeconds: 86_400, requestsPerMinute: 10_000 } as const;
  const server = await TestServer.start({ clock, config: { ...always, ...config } });
  const alice = await server.register("alice");
  const others = [
    await server.register("bob"),
    await server.register("carol"),
    await server.register("dave"),
  ];
  const [team, other] = [await alice.group("Team", ...others), await alice.group("Other", ...others)];
  return { clock, server, alice, bob: others[0]!, carol: others[1]!, team, other };
}

const write = (person: Person, chat: number, content: string, more: object = {}) =>
  person.post(`/api/messages/${chat}`, { content, ...more });

/** Calls all as often as that is taken, without waiting; answers how often that was. */
async function callAll(person: Person, chat: number, most = 20): Promise<number> {
  for (let times = 0; times < most; times++) {
    const reply = await write(person, chat, `@all ${times}`);
    if (reply.status === 201) expect(reply.body.mentions_all).toBe(true);
    else {
      expectRefused(reply, 429, "rate_limited");
      return times;
    }
  }
  return most;
}

test("who calls all too often is refused, told why and when, and nothing is said", async () => {
  const { clock, server, alice, bob, team, other } = await town();
  await using _ = server;
  expect(await callAll(alice, team)).toBe(4);
  const last = (await bob.history(team)).at(-1);
  const refused = await write(alice, team, "@all, once more");
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body).toMatchObject({
    detail: "@all was used 4 times in this chat within an hour. Leave it out, or wait for 15 minutes.",
    retry_after: 900,
    errors: [{ path: "content", message: "mentions everybody, which was done 4 times within an hour here" }],
  });
  const socket = await alice.connect();
  const frame = await socket.ask({ type: "send_message", chat_id: team, content: "@all, once more" });
  expect(frame).toMatchObject({ type: "error", code: "rate_limited", retry_after: 900 });
  expect((await bob.history(team)).at(-1)).toEqual(last);

  // Everything else goes on, another group among it.
  expect((await write(alice, team, "to @bob alone")).status).toBe(201);
  expect(await callAll(alice, other)).toBe(4);
  clock.turn(hour / 4);
  expect(await callAll(alice, team)).toBe(1);
  clock.turn(hour * 3);
  expect(await callAll(alice, team)).toBe(4);
});

test("it is the chat's budget, whoever calls", async () => {
  const { server, alice, bob, team } = await town();
  await using _ = server;
  await alice.put(`/api/chats/${team}/members/${bob.id}`, { role: "admin" });
  expect(await callAll(alice, team, 3)).toBe(3);
  expect(await callAll(bob, team)).toBe(1);
  expect(await callAll(alice, team)).toBe(0);
});

test("an edit counts when it calls all anew, and not when it goes on calling them", async () => {
  const { server, alice, team } = await town();
  await using _ = server;
  const { id } = await alice.say(team, "@all, lunch!");
  const edit = (content: string) => alice.put(`/api/messages/${id}`, { content });
  for (let i = 0; i < 10; i++) expect((await edit(`@all, lunch at ${i}!`)).status).toBe(200);
  for (let i = 0; i < 3; i++) {
    await edit("no lunch");
    expect((await edit("@all, lunch!")).status).toBe(200);
  }
  await edit("no lunch");
  const refused = await edit("@all, lunch!");
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body.errors[0].path).toBe("content");
  expect((await alice.history(team)).at(-1)).toMatchObject({ content: "no lunch", mentions_all: false });
  expect(await callAll(alice, team)).toBe(0);
});

test("what is repeated, or refused for another reason, does not count", async () => {
  const { server, alice, carol, team, other } = await town();
  await using _ = server;
  const elsewhere = await alice.say(other, "here");
  const first = await write(alice, team, "@all", { client_id: "one" });
  for (let i = 0; i < 10; i++) {
    const again = await write(alice, team, "@all", { client_id: "one" });
    expect(again).toMatchObject({ status: 200, body: { id: first.body.id } });
    expectInvalid(await write(alice, team, "@all", { reply_to_id: elsewhere.id }), "reply_to_id");
    // From others it is just text.
    expect((await write(carol, team, "@all")).status).toBe(201);
  }
  expect(await callAll(alice, team)).toBe(3);
  // What was said once is answered, however much has been said since.
  expect((await write(alice, team, "@all", { client_id: "one" })).status).toBe(200);
});

test("in small groups all may be called at any time", async () => {
  const { server, alice, bob, carol, team } = await town({
    mentionsAllPerHour: 1,
    mentionsAllFreeMembers: 4,
  });
  await using _ = server;
  expect(await callAll(alice, team)).toBe(20);
  await alice.directWith(bob);
  const fifth = await server.register("erin");
  await alice.post(`/api/chats/${team}/members`, { user_id: fifth.id });
  expect(await callAll(alice, team)).toBe(1);
  await alice.delete(`/api/chats/${team}/members/${carol.id}`);
  expect(await callAll(alice, team)).toBe(20);
});

test("unless it is set otherwise, more than fifty are called ten times an hour", async () => {
  const { server, alice, team, other } = await town({});
  await using _ = server;
  await server.settled();
  crowdInto(server.dataDir, team, 46);
  crowdInto(server.dataDir, other, 47);
  expect(await callAll(alice, team)).toBe(20);
  expect(await callAll(alice, other)).toBe(10);
});
