import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { TestServer } from "../support/server.ts";
import { sayAll } from "../support/talk.ts";

setDefaultTimeout(30_000);

const missed = 100_000;

/** Makes alice say it all in no time: the rows that it would have left, written while nobody serves. */
function sayInNoTime(dataDir: string, chat: number, sender: number, at: number): void {
  using db = new Database(join(dataDir, "db", "chat.sqlite"));
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${missed})`;
  db.transaction(() => {
    db.run(
      `INSERT INTO messages (id, chat_id, seq, sender_id, content, content_type, created_at) ${numbers}
       SELECT i, ?, i, ?, 'message ' || i, 'text', ? FROM n`,
      [chat, sender, at],
    );
    db.run(
      `INSERT INTO journal (audience, type, ref, at) ${numbers} SELECT 'chat:' || ?, 'new_message', i, ? FROM n`,
      [chat, at],
    );
    db.run("UPDATE chats SET seq = ? WHERE id = ?", [missed, chat]);
  })();
}

test("somebody who missed 100,000 messages gets each once and in order, while others chat on", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const carol = await server.register("carol");
  const chat = await alice.directWith(bob);
  const other = await alice.directWith(carol);
  const { cursor } = await bob.connect();
  await server.app.stop();
  sayInNoTime(server.dataDir, chat, alice.id, clock.now());
  await server.open();

  const bobs = await RawSocket.open(server.url, `/ws?since=${cursor}`, [
    `Authorization: Bearer ${bob.accessToken}`,
  ]);
  const carols = await server.as(carol.signedIn).connect();
  const speaker = await server.as(alice.signedIn).connect();
  // Each of these turns waits for the server, which is busy with Bob.
  let turns = 0;
  while (bobs.frames.at(-1)?.type !== "resumed") {
    expect((await server.api.get("/health")).body.status).toBe("ok");
    await speaker.ask({ type: "send_message", chat_id: other, content: `${turns}` });
    expect((await carols.next("new_message"))["message"].content).toBe(`${turns}`);
    turns += 1;
  }
  expect(turns).toBeGreaterThan(20);
  // Besides, he is told that there is something to read.
  const told = bobs.frames.filter((one) => one.type === "notification").length;
  expect(bobs.frames.at(-1)).toMatchObject({ from: cursor, count: missed + told });
  const heard = bobs.frames.filter((one) => one.type === "new_message").map((one) => one["message"]);
  expect(heard.length).toBe(missed);
  expect(heard.findIndex((one, i) => one.seq !== i + 1 || one.content !== `message ${i + 1}`)).toBe(-1);

  const live = await speaker.ask({ type: "send_message", chat_id: chat, content: "live" });
  await bobs.until(() => bobs.frames.at(-1)?.type === "new_message");
  expect(bobs.frames.at(-1)!["message"]).toEqual(live["message"]);
  expect(live["message"].seq).toBe(missed + 1);
}, 60_000);

test("whoever has been sent very much at once waits for the rest, and nobody else does", async () => {
  const clock = new ManualClock();
  const config = { rateLimits: "on" as const, catchUpEventsPerSecond: 40, messagesPerSecond: 10_000 };
  await using server = await TestServer.start({ clock, config });
  const [alice, bob, carol] = [
    await server.register("alice"),
    await server.register("bob"),
    await server.register("carol"),
  ];
  const chat = await alice.group("club", bob, carol);
  const { cursor } = await bob.connect();
  await sayAll(await alice.connect(), chat, Array(1000).fill("hello"));
  const come = (person: Person) =>
    RawSocket.open(server.url, `/ws?since=${cursor}`, [`Authorization: Bearer ${person.accessToken}`]);
  const bobs = await come(bob);
  const texts = () => bobs.frames.filter((one) => one.type === "new_message").length;
  // Ten seconds' worth.
  await bobs.until(() => texts() >= 400);
  const carolsBack = await come(carol);
  await carolsBack.until(() => carolsBack.frames.filter((one) => one.type === "new_message").length >= 400);
  // And the page that goes beyond it.
  expect(texts()).toBeLessThan(700);
  const isThere = () => bobs.frames.some((one) => one.type === "resumed");
  while (!isThere()) {
    const before = texts();
    // He has as much in hand as at first: at least one more page comes.
    clock.turn(10_000);
    await bobs.until(() => texts() > before || isThere());
  }
  expect(texts()).toBe(1000);
  for (const one of [bobs, carolsBack]) one.end();
});

test("many short replays count as one long one", async () => {
  const clock = new ManualClock();
  const config = { rateLimits: "on" as const, catchUpEventsPerSecond: 1, messagesPerSecond: 10_000 };
  await using server = await TestServer.start({ clock, config });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const { cursor } = socket;
  await sayAll(await alice.connect(), chat, Array(8).fill("hello"));
  const resume = () => socket.ask({ type: "resume", cursor });
  // Eight events each, and ten are to be had at once.
  for (let n = 0; n < 2; n++) await resume();
  let isDone = false;
  const third = resume().then(() => (isDone = true));
  for (let n = 0; n < 3; n++) await alice.get("/api/chats");
  expect(isDone).toBe(false);
  // After these there are ten again.
  clock.turn(20_000);
  await third;
});
