/** What is said in a large chat waits once it is more than the chat is told; everything else goes on. */
import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";

/** Of a group of three: five messages at once, then one each second. */
const pace = { largeChatMembers: 2, largeChatDeliveriesPerSecond: 3 };
const usual = { rateLimits: "on" as const, registrationsPerHour: 100, membershipsPerHour: 1000 };

async function scene(config: object = {}) {
  const clock = new ManualClock();
  const server = await TestServer.start({ clock, config: { ...usual, ...pace, ...config } });
  const [alice, bob, carol] = [
    await server.register("alice"),
    await server.register("bob"),
    await server.register("carol"),
  ];
  const large = await alice.group("large", bob, carol);
  const small = await alice.directWith(bob);
  const listener = await carol.connect();
  /** What Carol has heard of the large group, once whatever has not to wait has happened. */
  const heard = async () => {
    await alice.say(small, "meanwhile");
    const frames = await listener.settled("new_message");
    return frames
      .filter((one) => one["message"].content_type === "text")
      .map((one) => one["message"].content);
  };
  // Whatever was said while the group was made is paid for.
  clock.turn(60_000);
  return { clock, server, alice, bob, carol, large, small, heard };
}

const say = (socket: Socket, chat_id: number, content: string) =>
  socket.ask({ type: "send_message", chat_id, content });

test("beyond that messages wait, in their order, and come one after another", async () => {
  const { clock, server, alice, large, heard } = await scene();
  await using _ = server;
  const socket = await alice.connect();
  const texts = Array.from({ length: 8 }, (_, i) => `message ${i}`);
  const acks = texts.map((text) => say(socket, large, text));
  await acks[4];
  expect(await heard()).toEqual(texts.slice(0, 5));
  clock.turn(999);
  expect(await heard()).toEqual(texts.slice(0, 5));
  for (const count of [6, 7, 8]) {
    clock.turn(count === 6 ? 1 : 1000);
    expect((await acks[count - 1]!).type).toBe("ack");
    expect(await heard()).toEqual(texts.slice(0, count));
  }
});

test("where several wait, each has one turn after another, over both doors", async () => {
  const { clock, server, alice, bob, large, heard } = await scene();
  await using _ = server;
  const socket = await alice.connect();
  const acks = Array.from({ length: 8 }, (_, i) => say(socket, large, `alice ${i}`));
  await acks[4];
  await heard();
  const sent = bob.post(`/api/messages/${large}`, { content: "bob" });
  await bob.get("/api/auth/me");
  await heard();
  for (let second = 0; second < 4; second++) {
    clock.turn(1000);
    await (second === 1 ? sent : acks[second === 0 ? 5 : second + 4]);
  }
  expect((await heard()).slice(5)).toEqual(["alice 5", "bob", "alice 6", "alice 7"]);
});

test("edits, deletions and whatever else the chat is told of wait as well", async () => {
  const { clock, server, alice, bob, large } = await scene({ largeChatDeliveriesPerSecond: 4 });
  await using _ = server;
  const dave = await server.register("dave");
  await alice.post(`/api/chats/${large}/members`, { user_id: dave.id });
  const message = await alice.say(large, "one");
  const changes = [
    () => alice.put(`/api/messages/${message.id}`, { content: "two" }),
    () => alice.delete(`/api/messages/${message.id}`),
    () => alice.put(`/api/chats/${large}`, { name: "huge" }),
    () => alice.put(`/api/chats/${large}/me`, { nickname: "ali" }),
    () => alice.put(`/api/chats/${large}/members/${bob.id}`, { role: "admin" }),
    () => alice.delete(`/api/chats/${large}/members/${bob.id}`),
    () => alice.post(`/api/chats/${large}/members`, { user_id: bob.id }),
  ];
  for (const change of changes) {
    clock.turn(60_000);
    for (let n = 0; n < 5; n++) await alice.say(large, `before ${n}`);
    let isDone = false;
    const changing = change().then((reply) => {
      isDone = true;
      return reply;
    });
    await alice.get("/api/chats");
    await alice.get("/api/chats");
    expect([change.toString(), isDone]).toEqual([change.toString(), false]);
    clock.turn(2000);
    expect((await changing).status).toBeLessThan(300);
  }
});

test("who has too much waiting there is refused, and whoever is not in the chat costs it nothing", async () => {
  const { clock, server, alice, bob, large, heard } = await scene({ socketsPerUser: 1, pipelinedSends: 2 });
  await using _ = server;
  const eve = await server.register("eve");
  for (let n = 0; n < 20; n++) {
    expectRefused(await eve.post(`/api/messages/${large}`, { content: "hello" }), 404, "not_found");
  }
  const send = (n: number) => alice.post(`/api/messages/${large}`, { content: `message ${n}` });
  for (let n = 0; n < 5; n++) expect((await send(n)).status).toBe(201);
  const waiting = [send(5), send(6)];
  await alice.get("/api/chats");
  await heard();
  expectRefused(await send(7), 429, "rate_limited");
  const others = bob.post(`/api/messages/${large}`, { content: "bob" });
  await bob.get("/api/chats");
  for (let n = 0; n < 3; n++) clock.turn(1000);
  expect((await Promise.all([...waiting, others])).map((one) => one.status)).toEqual([201, 201, 201]);
});

test("a chat that is not large waits for nothing", async () => {
  const { server, alice, small } = await scene();
  await using _ = server;
  const socket = await alice.connect();
  for (let n = 0; n < 20; n++) expect((await say(socket, small, "hello")).type).toBe("ack");
});

test("what tells nobody anything waits for nothing, and costs the chat nothing", async () => {
  const { server, alice, bob, carol, large } = await scene();
  await using _ = server;
  const first = { content: "hello", client_id: "first" };
  const { id } = (await alice.post(`/api/messages/${large}`, first)).body;
  const file = new File(["a"], "a.txt", { type: "text/plain" });
  const [media] = (await alice.upload([file], { id })).body.media;
  for (let n = 0; n < 3; n++) await alice.say(large, "hello");
  const attempts: [() => Promise<{ status: number }>, number][] = [
    [() => carol.put(`/api/chats/${large}`, { name: "mine" }), 403],
    [() => carol.delete(`/api/chats/${large}`), 403],
    [() => carol.delete(`/api/chats/${large}/members/${bob.id}`), 403],
    [() => carol.post(`/api/chats/${large}/members`, { user_id: 999 }), 403],
    [() => carol.put(`/api/chats/${large}/members/${bob.id}`, { role: "admin" }), 403],
    [() => carol.put(`/api/messages/${id}`, { content: "no" }), 403],
    [() => carol.delete(`/api/messages/${id}`), 403],
    [() => carol.delete(`/api/media/${media.id}`), 403],
    [() => carol.put(`/api/chats/${large}/me`, { is_muted: true }), 200],
    [() => alice.post(`/api/messages/${large}`, first), 200],
  ];
  for (const [attempt, status] of attempts)
    expect([attempt.toString(), (await attempt()).status]).toEqual([attempt.toString(), status]);
});

test("files that go into a message, or out of it, wait as well", async () => {
  const { clock, server, alice, large } = await scene();
  await using _ = server;
  const message = await alice.say(large, "with files");
  const file = new File(["a"], "a.txt", { type: "text/plain" });
  const [media] = (await alice.upload([file], message)).body.media;
  for (const change of [() => alice.upload([file], message), () => alice.delete(`/api/media/${media.id}`)]) {
    clock.turn(60_000);
    for (let n = 0; n < 5; n++) await alice.say(large, `before ${n}`);
    let isDone = false;
    const changing = change().then((reply) => {
      isDone = true;
      return reply;
    });
    // These take longer.
    for (let n = 0; n < 3; n++) await alice.upload([file]);
    expect([change.toString(), isDone]).toEqual([change.toString(), false]);
    clock.turn(1000);
    expect((await changing).status).toBeLessThan(300);
  }
});

test("who waits when the server stops is told so at once", async () => {
  const { server, alice, large, heard } = await scene();
  for (let n = 0; n < 5; n++) await alice.say(large, `before ${n}`);
  const waiting = alice.post(`/api/messages/${large}`, { content: "one more" });
  await alice.get("/api/chats");
  await heard();
  const stopping = server[Symbol.asyncDispose]();
  expectRefused(await waiting, 503, "stopping");
  await stopping;
});

test("of uploads that wait for a large chat somebody has no more than of others", async () => {
  const { clock, server, alice, large, heard } = await scene({ uploadsPerUser: 2 });
  await using _ = server;
  const message = await alice.say(large, "with files");
  for (let n = 0; n < 4; n++) await alice.say(large, "before");
  const upload = () => alice.upload([new File(["a"], "a.txt", { type: "text/plain" })], message);
  const waiting = [upload(), upload()];
  await alice.get("/api/chats");
  await heard();
  expectRefused(await upload(), 429, "rate_limited");
  clock.turn(10_000);
  expect((await Promise.all(waiting)).map((one) => one.status)).toEqual([201, 201]);
});
