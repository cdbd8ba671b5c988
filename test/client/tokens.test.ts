import { afterAll, expect, test } from "bun:test";

import { connect, memoryStore, ParleyError } from "../../src/client/sdk/index.ts";
import { MemoryStore } from "../../src/client/sdk/store/memory.ts";
import { systemClock } from "../../src/core/clock.ts";
import {
  besides,
  counting,
  fetchBy,
  hanging,
  MortalStore,
  opened,
  recording,
  sees,
  texts,
} from "../support/client.ts";
import { Line } from "../support/line.ts";
import { password, TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { FaultyProxy } from "../support/weather/proxy.ts";

/** How much later it is on the server than here: tokens that seem good here are over there. */
let ahead = 0;
const server = await TestServer.start({ clock: { ...systemClock, now: () => Date.now() + ahead } });
afterAll(() => server[Symbol.asyncDispose]());
const twentyMinutes = 20 * 60_000;
const eager = { random: () => 0 };

test("a token that expires while twenty calls and a socket are open costs one refresh", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  using line = await Line.to(server.url);
  const { environment, count } = counting("/api/auth/refresh");
  await using hers = await opened(line.url, alice, { environment: { ...environment, ...eager } });
  await hers.live();
  ahead += twentyMinutes;
  line.cut();
  await sees(() => hers.connection.value !== "live");
  line.mend();
  hers.wake();
  const calls = Array.from({ length: 20 }, () => hers.call("GET /api/chats"));
  await hers.chat(chatId).send("in time");
  await hers.live();
  for (const { chats } of await Promise.all(calls)) expect(chats).toHaveLength(1);
  await hers.drained();
  expect(count()).toBe(1);
});

test("two programs on one store refresh once", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const { environment, count } = counting("/api/auth/refresh");
  await using first = await opened(server.url, alice, { store, environment });
  await first.live();
  await using second = await opened(server.url, undefined, { store: besides(store), environment });
  await second.live();
  ahead += twentyMinutes;
  const calls = [first, second].flatMap((one) => Array.from({ length: 6 }, () => one.call("GET /api/chats")));
  await Promise.all(calls);
  expect(count()).toBe(1);
});

test("a program whose own token and that of another are both over has its calls answered", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const store = memoryStore();
  const { environment, count } = counting("/api/auth/refresh");
  await using first = await opened(server.url, alice, { store, environment });
  await first.live();
  const second = await opened(server.url, alice, { store: besides(store) });
  await second.live();
  await second.close();
  ahead += twentyMinutes;
  expect((await first.call("GET /api/chats")).chats).toHaveLength(1);
  await first.chat(chatId).send("hello");
  await first.drained();
  expect(first.outbox.value).toEqual([]);
  expect(count()).toBe(1);
});

test("a program that was asleep in the middle of a refresh takes what another has renewed since", async () => {
  const [alice] = await server.people("alice");
  const store = new MemoryStore(20);
  const asleep = Promise.withResolvers<void>();
  const fetch = fetchBy((input, init) => {
    if (!String(input).endsWith("/api/auth/refresh")) return undefined;
    return globalThis.fetch(input, init).finally(() => asleep.promise);
  });
  await using first = await opened(server.url, alice, { store, environment: { fetch } });
  await using second = await opened(server.url, undefined, { store: besides(store) });
  await Promise.all([first.live(), second.live()]);
  ahead += twentyMinutes;
  const waiting = first.call("GET /api/chats");
  await until(async () => (await store.tokens())?.is_renewing === true);
  await second.call("GET /api/chats");
  ahead += twentyMinutes;
  await second.call("GET /api/chats");
  const renewed = await store.tokens();
  asleep.resolve();
  await waiting;
  expect(await store.tokens()).toEqual(renewed);
});

test("a refresh that fails for a while ends nothing, and no handshake is made with a token that was refused", async () => {
  const [alice] = await server.people("alice");
  using proxy = await FaultyProxy.start(server.url);
  const { environment, count } = counting("/api/auth/refresh");
  const { WebSocket, opened: handshakes } = recording();
  await using hers = await opened(proxy.url, alice, {
    environment: { ...environment, ...eager, WebSocket },
  });
  await hers.live();
  ahead += twentyMinutes;
  let pages = 0;
  proxy.weather = ({ kind }) => (kind === "request" && pages++ < 3 ? { page: "unasked" } : {});
  proxy.cut();
  await sees(() => hers.connection.value !== "live");
  await hers.live();
  // The first with the token that was refused, the second with its successor.
  expect(handshakes).toHaveLength(3);
  expect(count()).toBe(4);
  expect(hers.ended.value).toBeUndefined();
});

test("an answer to a refresh that was lost is asked for again at once", async () => {
  const [alice] = await server.people("alice");
  using proxy = await FaultyProxy.start(server.url);
  const { environment, count } = counting("/api/auth/refresh");
  await using hers = await opened(proxy.url, alice, { environment });
  await hers.live();
  ahead += twentyMinutes;
  let lost = 0;
  // The call itself is refused, then the answers to two refreshes are lost.
  proxy.weather = () => (++lost === 2 || lost === 3 ? { toClient: 0 } : {});
  expect((await hers.call("GET /api/chats")).chats).toBeEmpty();
  expect(count()).toBe(3);
});

test("a program that was killed while it renewed its token asks again as soon as it starts", async () => {
  const [alice] = await server.people("alice");
  const store = new MortalStore();
  const answerless = hanging("/api/auth/refresh");
  const before = await opened(server.url, alice, { store, environment: answerless });
  await before.live();
  ahead += twentyMinutes;
  before.call("GET /api/chats").catch(() => {});
  await until(async () => (await store.tokens())?.is_renewing === true);
  const survivor = await store.kill();
  const { environment, count } = counting("/api/auth/refresh");
  const { WebSocket, opened: handshakes } = recording();
  // To this program the token looks good; the one that it is exchanged for may be used up in half a minute.
  await using after = await opened(server.url, undefined, {
    store: survivor,
    environment: { ...environment, WebSocket },
  });
  await after.live();
  expect(count()).toBe(1);
  expect(handshakes).toHaveLength(1);
});

test("a session that was ended elsewhere ends here, and what was not sent is still there", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  using line = await Line.to(server.url);
  const hello = await bob.say(chatId, "hello");
  const store = memoryStore();
  const hers = await opened(line.url, alice, { store, environment: eager });
  await hers.live();
  line.cut();
  await sees(() => hers.connection.value === "offline");
  await hers.chat(chatId).send("not sent yet");
  const { body } = await alice.get("/api/auth/sessions");
  const other = body.sessions.find((one: { current: boolean }) => !one.current);
  await alice.delete(`/api/auth/sessions/${other.id}`);
  line.mend();
  hers.wake();
  await sees(() => hers.connection.value === "ended");
  expect(hers.ended.value!.code).toBe("invalid_refresh_token");
  await hers.chat(chatId).react(hello.id, "👍");
  // Whatever is asked for now is refused; that is no refusal of what was written.
  await expect(hers.call("GET /api/chats")).rejects.toMatchObject({ code: "invalid_refresh_token" });
  expect(hers.outbox.value.map((one) => one.kind)).toEqual(["send", "react"]);
  expect(hers.outbox.value.map((one) => one.state)).not.toContain("failed");
  await expect(hers.drained()).rejects.toBeInstanceOf(ParleyError);
  await hers.close();
  // Signed in again, it goes out.
  await using again = await opened(server.url, alice, { store });
  await again.drained();
  const [first, second] = await bob.history(chatId);
  expect(first.reactions).toHaveLength(1);
  expect(second.content).toBe("not sent yet");
});

test("a session in which somebody else has signed in stops, and sends nothing as them", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const store = memoryStore();
  await using hers = await opened(server.url, alice, { store, environment: eager });
  await hers.live();
  const others = memoryStore();
  await using his = await opened(server.url, bob, { store: others });
  await his.live();
  await store.keepTokens(await others.tokens());
  ahead += twentyMinutes;
  await expect(hers.call("GET /api/chats")).rejects.toMatchObject({ code: "other_person" });
  expect(hers.ended.value!.code).toBe("other_person");
  await hers.chat(chatId).send("as myself");
  expect(texts(hers, chatId)).toEqual(["as myself"]);
  expect(await bob.history(chatId)).toBeEmpty();
});

test("a store is somebody's from the first sign-in on: others neither see nor send what it keeps", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  using line = await Line.to(server.url);
  const store = memoryStore();
  // No line after signing in: nothing has been loaded.
  const hers = await connect(line.url, { username: alice.username, password }, { store });
  line.cut();
  await hers.chat(chatId).send("a secret");
  await hers.close();
  const before = (await bob.get("/api/auth/sessions")).body.sessions.length;
  const his = connect(server.url, { username: bob.username, password }, { store });
  await expect(his).rejects.toMatchObject({ code: "other_person" });
  expect((await bob.get("/api/auth/sessions")).body.sessions).toHaveLength(before);
  await using again = await opened(server.url, undefined, { store });
  await again.drained();
  expect((await bob.history(chatId)).map((one) => one.sender_id)).toEqual([alice.id]);
});

test("a store that takes no tokens ends no session", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const full = besides(store);
  await using hers = await opened(server.url, alice, { store: full, environment: eager });
  await hers.live();
  full.keepTokens = () => Promise.reject(new Error("ENOSPC"));
  ahead += twentyMinutes;
  expect((await hers.call("GET /api/chats")).chats).toBeEmpty();
  ahead += twentyMinutes;
  expect((await hers.call("GET /api/chats")).chats).toBeEmpty();
  expect(hers.isKept.value).toBe(false);
  expect(hers.ended.value).toBeUndefined();
});

test("a problem of somebody else's is no answer of Parley", async () => {
  const [alice] = await server.people("alice");
  const headers = { "content-type": "application/problem+json" };
  const foreign = fetchBy((input) =>
    String(input).endsWith("/api/users/1")
      ? Promise.resolve(new Response("{}", { status: 502, headers }))
      : undefined,
  );
  await using hers = await opened(server.url, alice, { environment: { fetch: foreign } });
  const asked = hers.call("GET /api/users/{user_id}", { path: { user_id: 1 } });
  await expect(asked).rejects.toMatchObject({ code: "no_answer", status: 502 });
});

test("whoever waits for a session that is closed waits no longer", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  using line = await Line.to(server.url);
  const hers = await opened(line.url, alice, { environment: eager });
  line.cut();
  const waiting = [
    hers.live(),
    hers
      .chat(chatId)
      .send("hello")
      .then(() => hers.drained()),
  ];
  await hers.chat(chatId).send("and this");
  await hers.close();
  for (const one of await Promise.allSettled(waiting)) {
    expect(one).toMatchObject({ status: "rejected", reason: { code: "aborted" } });
  }
  expect(hers.connection.value).toBe("ended");
  expect(hers.ended.value).toBeUndefined();
});

test("nobody is signed in where nobody was", async () => {
  await expect(connect(server.url)).rejects.toMatchObject({ code: "signed_out" });
  const wrong = connect(server.url, { username: "nobody", password: "wrong password" });
  await expect(wrong).rejects.toMatchObject({ code: "bad_credentials", status: 401 });
  const none = connect("http://127.0.0.1:1", { username: "nobody", password: "wrong password" });
  await expect(none).rejects.toMatchObject({ code: "no_answer" });
});

test("signing out ends the session here and on the server", async () => {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const hers = await opened(server.url, alice, { store });
  await hers.live();
  const before = (await alice.get("/api/auth/sessions")).body.sessions.length;
  await hers.signOut();
  expect((await alice.get("/api/auth/sessions")).body.sessions).toHaveLength(before - 1);
  await expect(connect(server.url, undefined, { store })).rejects.toMatchObject({ code: "signed_out" });
});
