import { expect, setDefaultTimeout, test } from "bun:test";

import { crowdInto } from "../support/crowd.ts";
import type { Person } from "../support/person.ts";
import { read, toldProgress } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";

setDefaultTimeout(20_000);

const told = async (server: TestServer, socket: Socket) =>
  (await toldProgress(server, socket)).map(([user, read]) => `${user} ${read}`);
/** What their own devices are told of how far they have read. */
const readTold = async (socket: Socket) =>
  (await socket.settled("chat_read")).map((one) => one["last_read_message_id"]);
const look = (socket: Socket, chat_id: number) => socket.ask({ type: "join_chat", chat_id });

/** Chats of more than two are large here. */
async function smallTown() {
  const server = await TestServer.start({ config: { largeChatMembers: 2 } });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  return { server, alice, bob, carol };
}

test("in a large chat only those who look are told who reads; the reader's own devices hear that they have", async () => {
  const { server, alice, bob, carol } = await smallTown();
  await using _ = server;
  const chat = await alice.group("Town", bob, carol);
  const [looks, looksAway] = [await alice.connect(), await alice.connect()];
  const [phone, laptop] = [await bob.connect(), await bob.connect()];
  const nobody = await carol.connect();
  await look(looks, chat);
  // One that is both: the reader's own and looking.
  await look(laptop, chat);
  const message = await alice.say(chat, "hello");
  const ack = await phone.ask({ type: "message_read", chat_id: chat, message_id: message.id });
  expect(ack).toMatchObject({ type: "ack", unread_count: 0 });
  const line = [`${bob.id} ${message.id}`];
  expect(await told(server, looks)).toEqual(line);
  expect(await told(server, laptop)).toEqual(line);
  expect(await told(server, phone)).toEqual([]);
  for (const socket of [phone, laptop]) expect(await readTold(socket)).toEqual([message.id]);
  expect(await told(server, looksAway)).toEqual([]);
  expect(await told(server, nobody)).toEqual([]);
  // They all hear what is said, and see the status where they ask for it.
  for (const socket of [looks, looksAway, phone, laptop, nobody]) {
    expect((await socket.settled("new_message")).length).toBe(1);
  }
  await read(carol, message);
  expect((await alice.history(chat)).at(-1).status).toBe("read");

  await server.settled();
  await looks.ask({ type: "leave_chat", chat_id: chat });
  await look(looksAway, chat);
  await read(bob, await alice.say(chat, "again"));
  expect((await told(server, looks)).length).toBe(2);
  expect((await told(server, looksAway)).length).toBe(1);
});

test("of a large chat only the reader's own devices are told later", async () => {
  const { server, alice, bob, carol } = await smallTown();
  await using _ = server;
  const chat = await alice.group("Town", bob, carol);
  const [hers, his] = [(await alice.connect()).cursor, (await bob.connect()).cursor];
  const said = [];
  for (const text of ["one", "two", "three"]) said.push(await carol.say(chat, text));
  for (const message of said) await read(bob, message);
  const comeBack = async (person: Person, since: string) => {
    const socket = await person.connect({ since });
    await socket.next("resumed");
    return socket;
  };
  const back = await comeBack(alice, hers);
  expect(await told(server, back)).toEqual([]);
  expect((await back.settled("new_message")).length).toBe(3);
  const again = await comeBack(bob, his);
  expect(await readTold(again)).toEqual([said[2].id]);
});

test("a chat of just so many members is not large; with one more it is, and one less not again", async () => {
  const { server, alice, bob, carol } = await smallTown();
  await using _ = server;
  const chat = await alice.group("Town", bob);
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  const member = `/api/chats/${chat}/members`;
  const reading = async () => {
    const message = await alice.say(chat, "news");
    await read(bob, message);
    return `${bob.id} ${message.id}`;
  };
  const small = await reading();
  expect(await told(server, watcher)).toEqual([small]);
  await alice.post(member, { user_id: carol.id });
  await reading();
  expect(await told(server, watcher)).toEqual([small]);
  await alice.delete(`${member}/${carol.id}`);
  const smallAgain = await reading();
  expect(await told(server, watcher)).toEqual([small, smallAgain]);
  expect(await told(server, phone)).toEqual([small, smallAgain]);
});

test("unless it is set otherwise, a chat of 200 is not large, and one of 201 is", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const watcher = await alice.connect();
  for (const [members, told] of [
    [200, 1],
    [201, 0],
  ] as const) {
    const chat = await alice.group(`Town of ${members}`, bob);
    crowdInto(server.dataDir, chat, members - 2);
    await read(bob, await alice.say(chat, "hello"));
    await server.settled();
    const statuses = await watcher.settled("message_status");
    expect(statuses.filter((one) => one["chat_id"] === chat).length).toBe(told);
  }
});
