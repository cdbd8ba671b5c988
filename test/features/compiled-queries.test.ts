/** Building SQL takes longer than most queries do: it is done when a query is run for the first time, and never again. */
import { expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";

import { EncryptedChat, type Peer, peers } from "../support/e2ee/encrypted-chat.ts";
import type { Keeper } from "../support/e2ee/people.ts";
import { keychain, publish, publishNext, rotate } from "../support/e2ee/published.ts";
import { note, picture } from "../support/files.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import { PushScene } from "../support/pushed.ts";
import type { Socket } from "../support/socket.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

interface Scene {
  server: TestServer;
  alice: Person;
  bob: Person;
  /** Alice's, and Bob's who is away. */
  socket: Socket;
  cursor: string;
  chat: number;
  /** Something that Alice wrote. */
  said: number;
  keeper: Keeper;
  /** An encrypted chat of the first two; the third is not in it. */
  sealed: EncryptedChat;
  peers: [Peer, Peer, Peer];
}

type Action = (scene: Scene) => Promise<{ status?: number; type?: string } | void>;

const actions: Record<string, Action> = {
  "sending over REST": async ({ alice, chat }) => alice.post(`/api/messages/${chat}`, { content: "hello" }),
  "sending over the socket": ({ socket, chat }) =>
    socket.ask({ type: "send_message", chat_id: chat, content: "hello" }),
  "sending once more what was sent": async ({ alice, chat, said }) => {
    const message = { content: "hello", client_id: `once ${said}` };
    await alice.say(chat, "hello", message);
    return alice.post(`/api/messages/${chat}`, message);
  },
  replying: ({ alice, chat, said }) =>
    alice.post(`/api/messages/${chat}`, { content: "yes", reply_to_id: said }),
  "mentioning somebody": ({ alice, bob, chat }) =>
    alice.post(`/api/messages/${chat}`, { content: `@${bob.username} look` }),
  "mentioning everybody": ({ alice, chat }) => alice.post(`/api/messages/${chat}`, { content: "@all look" }),
  "editing over REST": ({ alice, said }) =>
    alice.put(`/api/messages/${said}`, { content: "hallo", client_id: `edit ${said}` }),
  "editing over the socket": ({ socket, said }) =>
    socket.ask({ type: "edit_message", message_id: said, content: "hi" }),
  "marking as received": ({ bob, said }) => bob.post(`/api/messages/${said}/delivered`),
  "marking as read": ({ bob, said }) => bob.post(`/api/messages/${said}/read`),
  "seeing who has read": ({ alice, said }) => alice.get(`/api/messages/${said}/receipts`),
  typing: async ({ socket, chat }) => {
    await socket.ask({ type: "typing_start", chat_id: chat });
    return socket.ask({ type: "typing_stop", chat_id: chat });
  },
  looking: async ({ socket, chat }) => {
    await socket.ask({ type: "join_chat", chat_id: chat });
    return socket.ask({ type: "leave_chat", chat_id: chat });
  },
  "sending files": async ({ alice, chat, said }) => {
    const { body } = await alice.upload([picture(), note(`about ${said}`)]);
    const media_ids = body.media.map((one: any) => one.id);
    return alice.post(`/api/messages/${chat}`, { content: "see", media_ids });
  },
  "adding a file to a message": ({ alice, said }) => alice.upload([note(`more of ${said}`)], { id: said }),
  "seeing a file": async ({ alice, bob, chat }) => {
    const { body } = await alice.get(`/api/chats/${chat}/media`);
    return bob.download(body.media[0].url);
  },
  "a page of the history": ({ bob, chat }) => bob.get(`/api/messages/${chat}?limit=10`),
  "a page before another": ({ bob, chat, said }) => bob.get(`/api/messages/${chat}?before_id=${said}`),
  "the list of chats": ({ bob }) => bob.get("/api/chats"),
  "a chat with its members": async ({ bob, chat }) => {
    await bob.get(`/api/chats/${chat}`);
    return bob.get(`/api/chats/${chat}/members`);
  },
  "catching up": async (scene) => {
    const device = await scene.bob.connect({ since: scene.cursor });
    await device.next("resumed");
    scene.cursor = device.cursor;
    await device.close();
  },
  "the list of notifications": async ({ bob }) => {
    await bob.get("/api/notifications/count");
    await bob.get("/api/notifications/mentions");
    return bob.get("/api/notifications");
  },
  "reading all notifications": ({ bob }) => bob.post("/api/notifications/read-all"),
  "what pushes say, and when there are none": async ({ bob, said }) => {
    await bob.put("/api/notifications/settings", { do_not_disturb_until: new Date(said).toISOString() });
    return bob.get("/api/notifications/settings");
  },
  "searching messages": ({ bob }) => bob.get("/api/messages/search?q=hallo"),
  "searching people": ({ bob }) => bob.get("/api/users/search?q=alice"),
  "a direct chat with somebody": ({ alice, bob }) => alice.post("/api/chats/direct", { user_id: bob.id }),
  "a group, its name and what is one's own in it": async ({ alice, bob }) => {
    const group = `/api/chats/${await alice.group("Team", bob)}`;
    await alice.put(group, { name: "Crew" });
    await bob.put(`${group}/me`, { nickname: "Bobby", is_muted: true });
    await alice.put(`${group}/members/${bob.id}`, { role: "admin" });
    return alice.delete(`${group}/members/${bob.id}`);
  },
  "a new name and picture": async ({ alice, said }) => {
    await alice.put("/api/auth/me", { full_name: `Alice ${said}` });
    return alice.setPicture("/api/auth/me/avatar", picture());
  },
  "signing in": ({ server, alice }) => server.login(alice.username).then(() => undefined),
  reacting: async ({ bob, said }) => bob.put(`/api/messages/${said}/reactions/👍`),
  "seeing who reacted": async ({ alice, said }) => alice.get(`/api/messages/${said}/reactions`),
  "seeing reactions among notifications": async ({ alice }) => alice.get("/api/notifications"),
  "taking a reaction back": async ({ bob, said }) => bob.delete(`/api/messages/${said}/reactions/👍`),
  "changing keys": async ({ alice, keeper }) => {
    const entry = await rotate(keeper);
    const reply = await publishNext(alice, keeper, entry, { keychain: await keychain() });
    await keeper.publish(entry);
    return reply;
  },
  "seeing keys": async ({ alice, bob }) => {
    await bob.get(`/api/encryption/public-key/${alice.id}?log=1`);
    return bob.post("/api/encryption/public-keys", { user_ids: [alice.id, bob.id] });
  },
  "changing a keychain": async ({ alice }) => {
    const { ver } = (await alice.get("/api/encryption/keychain")).body;
    const headers = { "If-Match": `"${ver}"` };
    return alice.put("/api/encryption/keychain", { ver: ver + 1, keychain: await keychain() }, { headers });
  },
  "beginning an epoch": async ({ sealed, peers: [dora] }) =>
    sealed.offer(dora, await sealed.makeEpoch(dora, { reason: "repair" })),
  "somebody comes into an encrypted chat and goes": async ({ sealed, peers: [dora, , frank] }) => {
    await sealed.add(dora, frank);
    await sealed.setRole(dora, frank, "admin");
    await sealed.begin(dora);
    return sealed.remove(dora, frank);
  },
  "handing over keys": async ({ sealed, peers: [dora, emil] }) => {
    const jwe = await sealed.grant(emil);
    return dora.person.post(`${sealed.path}/grants`, { to_user_id: emil.person.id, jwe });
  },
  "seeing an encrypted chat": async ({ sealed, peers: [, emil] }) => {
    for (const one of ["", "/members", "/epochs"]) await emil.person.get(`${sealed.path}${one}`);
    return emil.person.get(`${sealed.path}/grants`);
  },
  "deleting over the socket": async ({ alice, socket, chat }) => {
    const { id } = await alice.say(chat, "a slip");
    return socket.ask({ type: "delete_message", message_id: id });
  },
  "deleting over REST": ({ alice, said }) => alice.delete(`/api/messages/${said}`),
};

test("what has been done before builds no SQL when it is done again, nor does what follows from it", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const away = await bob.connect();
  const { cursor } = away;
  await away.close();
  const socket = await alice.connect();
  const keeper = await publish(server, alice);
  const chat = await alice.group("Club", bob, carol);
  const inSealed = (await peers(server, "dora", "emil", "frank")) as [Peer, Peer, Peer];
  const sealed = await EncryptedChat.on(server, inSealed.slice(0, 2));
  const own = { server, alice, bob, socket, cursor, chat, said: 0, keeper };
  const scene: Scene = { ...own, sealed, peers: inSealed };
  using building = spyOn(SQLiteAsyncDialect.prototype, "sqlToQuery");

  const round = async () => {
    scene.said = (await alice.say(chat, "hello")).id;
    const built: Record<string, number> = {};
    for (const [name, act] of Object.entries(actions)) {
      const before = building.mock.calls.length;
      const reply = (await act(scene)) ?? { type: "done" };
      await server.settled();
      expect(`${name}: ${reply.status ?? reply.type}`).toMatch(/: (20\d|ack|done)$/);
      const times = building.mock.calls.length - before;
      if (times > 0) built[name] = times;
    }
    return built;
  };
  expect(Object.keys(await round())).toContain("sending over REST");
  // Once more, among what the first round has left: deleted messages, a picture to replace.
  await round();
  expect(await round()).toEqual({});
});

test("nor does pushing", async () => {
  using building = spyOn(SQLiteAsyncDialect.prototype, "sqlToQuery");
  await using scene = await PushScene.start();
  const [alice, bob] = await scene.server.people("alice", "bob");
  const chat = await alice.group("Club", bob);
  const round = async () => {
    const before = building.mock.calls.length;
    const phone = await scene.phone(bob);
    const browser = await scene.browser(bob);
    browser.answer(503);
    await alice.say(chat, "hello");
    const named = await alice.say(chat, `@${bob.username} look`);
    await scene.later();
    browser.answer(201);
    await scene.later(2_000);
    await bob.post(`/api/messages/${named.id}/read`);
    await scene.later(1_000);
    await alice.delete(`/api/messages/${named.id}`);
    await scene.later(60_000);
    await bob.post("/api/notifications/test");
    await bob.delete(`/api/auth/device-token/${phone.id}`);
    expect([phone.lines.length, browser.received.length].every((one) => one > 1)).toBe(true);
    return building.mock.calls.length - before;
  };
  expect(await round()).toBeGreaterThan(10);
  await round();
  const built = building.mock.results.map((one) => (one.value as { sql: string }).sql);
  expect(await round()).toBe(0);

  // The outbox has a row for each device and chat: each statement finds its rows by an index.
  const ofOutbox = [...new Set(built)].filter((one) => one.includes('"push_outbox"'));
  using db = openBeside(scene.server.dataDir);
  const plans = ofOutbox
    .filter((one) => !one.startsWith("insert"))
    .map((one) => db.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${one}`).all())
    .map((steps) => steps.map((step) => step.detail).join(", "));
  expect(plans.length).toBeGreaterThan(10);
  expect(plans.filter((one) => /SCAN push_outbox(?! USING)/.test(one))).toEqual([]);
  expect(plans.filter((one) => one.includes("push_outbox_gone")).length).toBeGreaterThan(0);
  expect(plans.filter((one) => one.includes("push_outbox_old")).length).toBeGreaterThan(0);
});
