import { expect, setDefaultTimeout, test } from "bun:test";

import { crowdInto } from "../support/crowd.ts";
import { counts, lines, unread } from "../support/notified.ts";
import { TestServer } from "../support/server.ts";
import { sayAll } from "../support/talk.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

const crowd = 1000;

/** A group of Alice, Bob and a crowd that is away; Dora and Erin have a chat of their own. */
async function scene() {
  const server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const [dora, erin] = [await server.register("dora"), await server.register("erin")];
  const team = await alice.group("Team", bob);
  const direct = await dora.directWith(erin);
  await server.settled();
  crowdInto(server.dataDir, team, crowd);
  return { server, alice, bob, dora, erin, team, direct };
}

type Row = { type: string; user_id: number; count: number };

/** How many notifications of which type each person has. */
function perPerson(dataDir: string): Row[] {
  using db = openBeside(dataDir);
  return db
    .query<Row, []>("SELECT type, user_id, count(*) AS count FROM notifications GROUP BY type, user_id")
    .all();
}

/** The types of events as the journal has them, in order. */
function journal(dataDir: string): string[] {
  using db = openBeside(dataDir);
  return db
    .query<{ type: string }, []>("SELECT type FROM journal ORDER BY pos")
    .all()
    .map((row) => row.type);
}

/** Dora talks, waiting for each answer, before it and while what comes of it begins; then all of it has come. */
async function whileTalking(
  server: TestServer,
  talk: () => Promise<unknown>,
  act: () => Promise<unknown>,
): Promise<void> {
  let rounds = Infinity;
  const talking = (async () => {
    while (rounds-- > 0) await talk();
  })();
  await act();
  rounds = 30;
  await talking;
  await server.settled();
}

/** Whether anything of `other` happened between the first and the last of `type`. */
function isBetween(types: string[], type: string, other: string): boolean {
  return types.slice(types.indexOf(type), types.lastIndexOf(type)).includes(other);
}

test("a message to a large group tells everybody who is away once, and others chat on meanwhile", async () => {
  const { server, alice, bob, dora, erin, team, direct } = await scene();
  await using _ = server;
  const [doras, erins] = [await dora.connect(), await erin.connect()];
  const talk = () => sayAll(doras, direct, ["tick", "tack"]);
  await whileTalking(server, talk, () => alice.say(team, "hello everybody"));
  const ofMessages = perPerson(server.dataDir).filter((row) => row.type === "message");
  expect(ofMessages.length).toBe(crowd + 1);
  expect(new Set(ofMessages.map((row) => row.count))).toEqual(new Set([1]));
  expect(lines(await unread(bob))[0]).toBe("message Team: alice: hello everybody");
  const types = journal(server.dataDir);
  expect(types.filter((one) => one === "notification").length).toBe(crowd + 2);
  expect(isBetween(types, "notification", "new_message")).toBe(true);
  expect((await erins.settled("new_message")).length).toBe((await erin.history(direct, "?limit=1"))[0].seq);

  // The same people are not told again.
  for (const text of ["more", "and more"]) await alice.say(team, text);
  await server.settled();
  expect(perPerson(server.dataDir)).toEqual(perPerson(server.dataDir).map((row) => ({ ...row, count: 1 })));
  expect(await counts(bob)).toEqual([2, 0, 3]);
});

test("a call to all in a large group reaches everybody once, and can be taken back", async () => {
  const { server, alice, bob, dora, team, direct } = await scene();
  await using _ = server;
  const doras = await dora.connect();
  const talk = () => sayAll(doras, direct, ["tick", "tack"]);
  await whileTalking(server, talk, () => alice.say(team, "@all hello, @bob"));
  const called = () => perPerson(server.dataDir).filter((row) => row.type === "mention");
  expect(called().length).toBe(crowd + 1);
  expect(new Set(called().map((row) => row.count))).toEqual(new Set([1]));
  expect(isBetween(journal(server.dataDir), "mention_notification", "new_message")).toBe(true);
  expect((await counts(bob))[1]).toBe(1);

  const [message] = await alice.history(team, "?limit=1");
  const edit = { content: "hello, @bob" };
  await whileTalking(server, talk, () => alice.put(`/api/messages/${message.id}`, edit));
  expect((await counts(bob))[1]).toBe(1);
  using db = openBeside(server.dataDir);
  expect(db.query("SELECT count(*) FROM mentions").values()).toEqual([[1]]);
  const open = "SELECT user_id FROM notifications WHERE type = 'mention' AND read_pos IS NULL";
  expect(db.query(open).values()).toEqual([[bob.id]]);
  expect(isBetween(journal(server.dataDir), "notifications_read", "new_message")).toBe(true);
});

test("a call to all that is taken back at once calls nobody in the end", async () => {
  const { server, alice, bob, team } = await scene();
  await using _ = server;
  for (let i = 0; i < 5; i++) {
    const message = await alice.say(team, `@all ${i}`);
    if (i % 2) await alice.delete(`/api/messages/${message.id}`);
    else await alice.put(`/api/messages/${message.id}`, { content: "nothing" });
  }
  await server.settled();
  expect((await counts(bob))[1]).toBe(0);
  using db = openBeside(server.dataDir);
  expect(db.query("SELECT count(*) FROM mentions").values()).toEqual([[0]]);
  const open = "SELECT count(*) FROM notifications WHERE type = 'mention' AND read_pos IS NULL";
  expect(db.query(open).values()).toEqual([[0]]);
});

/** Alice calls everybody so many times in each of three large groups, without waiting. */
async function callingEverywhere(times: number) {
  const { server, alice, team, dora, erin, direct } = await scene();
  const groups = [team, await alice.group("Second"), await alice.group("Third")];
  await server.settled();
  for (const group of groups.slice(1)) crowdInto(server.dataDir, group, crowd);
  const socket = await alice.connect();
  const calls = Array.from({ length: times }, () => groups).flat();
  await Promise.all(
    calls.map((chat_id) => socket.ask({ type: "send_message", chat_id, content: "@all, come here" })),
  );
  return { server, dora, erin, direct, called: calls.length * crowd + times };
}

test("a direct chat's notification comes while calls to all in several large groups are worked through", async () => {
  const { server, dora, erin, direct, called } = await callingEverywhere(5);
  await using _ = server;
  await dora.say(direct, "are you there?");
  await server.settled();
  expect(lines(await unread(erin))).toEqual(["message dora: are you there?"]);
  using db = openBeside(server.dataDir);
  const count = (where: string) =>
    db
      .query<{ count: number }, [string]>(
        `SELECT count(*) AS count FROM journal WHERE type = 'mention_notification' AND pos > ${where}`,
      )
      .get(`user:${erin.id}`)!.count;
  expect(count("length(?1) * 0")).toBe(called);
  const told = "(SELECT max(pos) FROM journal WHERE audience = ?1 AND type = 'notification')";
  expect(count(told)).toBeGreaterThan(called / 10);
});

test("who is still to be called when the server stops is called after its next start, each once", async () => {
  const { server, called } = await callingEverywhere(2);
  await using _ = server;
  await server.restart();
  using db = openBeside(server.dataDir);
  const mentions = () => db.query("SELECT count(*) FROM notifications WHERE type = 'mention'").values()[0];
  expect(mentions()).not.toEqual([called]);
  await server.settled();
  expect(mentions()).toEqual([called]);
  expect(db.query("SELECT count(*) FROM mentions").values()[0]).toEqual([called]);
});

test("a group that is made with many is an invitation for each", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const first = await alice.group("First");
  crowdInto(server.dataDir, first, 999);
  using db = openBeside(server.dataDir);
  const ids = db.query<{ user_id: number }, []>("SELECT user_id FROM members WHERE user_id > 1").all();
  const reply = await alice.post("/api/chats/group", {
    name: "Second",
    member_ids: ids.map((row) => row.user_id),
  });
  expect(reply.status).toBe(201);
  await server.settled();
  const rows = perPerson(server.dataDir);
  expect(rows.length).toBe(999);
  expect(rows).toEqual(rows.map((row) => ({ ...row, type: "group_invite", count: 1 })));
});
