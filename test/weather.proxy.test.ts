/** The proxy that makes the weather for clients does what it says. */
import { expect, test } from "bun:test";

import { Person } from "./support/person.ts";
import { Chance } from "./support/random.ts";
import { TestServer } from "./support/server.ts";
import { shared } from "./support/shared.ts";
import { Socket } from "./support/socket.ts";
import { type Fault, storm } from "./support/weather/faults.ts";
import { FaultyProxy } from "./support/weather/proxy.ts";

const server = await shared();

/** Two people in a direct chat, of whom alice calls through a proxy, which has only this fault. */
async function through(fault: Fault = {}, of = server) {
  const [direct, bob] = await of.people("alice", "bob");
  const proxy = await FaultyProxy.start(of.url);
  const alice = new Person(proxy.url, of.api.contract, direct.signedIn);
  const chatId = await direct.directWith(bob);
  proxy.weather = () => fault;
  const said = async () => (await bob.history(chatId)).map((one) => one.content);
  return { proxy, alice, bob, chatId, said, [Symbol.dispose]: () => proxy[Symbol.dispose]() };
}

const openSocket = (alice: Person) => Socket.open(alice.url, alice.accessToken);

test("without a fault, requests and sockets pass as they are", async () => {
  using line = await through();
  const socket = await line.alice.connect();
  await line.alice.say(line.chatId, "Hello");
  expect((await socket.next("new_message"))["message"].content).toBe("Hello");
  expect(await line.said()).toEqual(["Hello"]);
  await socket.close();
});

test("whoever loses the answer has done it all the same", async () => {
  using line = await through({ toClient: 0 });
  await expect(line.alice.say(line.chatId, "Hello", { client_id: "1" })).rejects.toThrow();
  expect(await line.said()).toEqual(["Hello"]);
});

test("an answer may break at any byte", async () => {
  using line = await through({ toClient: 400 });
  await expect(line.alice.say(line.chatId, "Hello", { client_id: "1" })).rejects.toThrow();
  expect(await line.said()).toEqual(["Hello"]);
});

test("a request that breaks on its way is never done", async () => {
  using line = await through({ toServer: 100 });
  await expect(line.alice.say(line.chatId, "Hello")).rejects.toThrow();
  expect(await line.said()).toEqual([]);
});

test("a request that is repeated on its way is done twice and answered once", async () => {
  using line = await through({ twice: true });
  const answer = await line.alice.say(line.chatId, "Hello");
  expect(await line.said()).toEqual(["Hello", "Hello"]);
  expect(answer.seq).toBe(2);
});

test.each([
  ["unasked", []],
  ["asked", ["Hello"]],
] as const)("a page of the proxy comes from a server that was %s", async (page, said) => {
  using line = await through({ page });
  const headers = {
    Authorization: `Bearer ${line.alice.accessToken}`,
    "Content-Type": "application/json",
  };
  const body = JSON.stringify({ content: "Hello" });
  const url = `${line.proxy.url}/api/messages/${line.chatId}`;
  const answer = await fetch(url, { method: "POST", headers, body });
  expect(answer.status).toBe(502);
  expect(answer.headers.get("content-type")).toBe("text/html");
  expect(await line.said()).toEqual([...said]);
});

test("a socket may break in the middle of a frame", async () => {
  using line = await through({ toClient: 1000 });
  const socket = await openSocket(line.alice);
  for (let i = 0; i < 3; i++) await line.bob.say(line.chatId, "Hello");
  expect(await socket.closed).toBe(1006);
  expect(socket.frames.length).toBeLessThan(4);
});

test("nobody hears the end of a silent line, until its time is up", async () => {
  await using mine = await TestServer.start();
  using line = await through({ toClient: 600, silence: 600_000 }, mine);
  const silent = await openSocket(line.alice);
  line.proxy.weather = () => ({});
  const healthy = await line.alice.connect();
  for (let i = 0; i < 3; i++) await line.bob.say(line.chatId, "Hello");
  line.proxy.weather = () => ({ toClient: 600, silence: 10 });
  const brief = await openSocket(line.alice);
  for (let i = 0; i < 3; i++) await line.bob.say(line.chatId, "Hello");
  expect(await brief.closed).toBe(1006);
  silent.send({ type: "send_message", chat_id: line.chatId, content: "Are you there?" });
  await healthy.settled();
  expect(await line.said()).not.toContain("Are you there?");
  await mine.app.stop();
  await healthy.closed;
  expect(silent.ws.readyState).toBe(WebSocket.OPEN);
  expect(silent.frames.length).toBeLessThan(4);
});

test("bytes that are late come in their order", async () => {
  const chance = new Chance();
  using line = await through({ delay: () => chance.below(20) });
  const socket = await openSocket(line.alice);
  for (let i = 0; i < 20; i++) await line.bob.say(line.chatId, `${i}`);
  await socket.next("new_message", ({ message }) => message.content === "19");
  const heard = socket.frames.filter((one) => one.type === "new_message").map((one) => one["message"].seq);
  expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  await socket.close();
});

test("while the server is down the line breaks or has a page, and afterwards it works again", async () => {
  using line = await through({});
  const socket = await openSocket(line.alice);
  line.proxy.server = undefined;
  await expect(fetch(line.proxy.url)).rejects.toThrow();
  line.proxy.weather = ({ isServerDown }) => (isServerDown ? { page: "unasked" } : {});
  expect((await fetch(line.proxy.url)).status).toBe(502);
  line.proxy.server = server.url;
  expect((await fetch(line.proxy.url)).status).toBe(200);
  await socket.close();
});

test("when it is calm, what is open stays open", async () => {
  using line = await through({ toClient: 1500 });
  const socket = await line.alice.connect();
  line.proxy.calm();
  for (let i = 0; i < 10; i++) await line.bob.say(line.chatId, `${i}`);
  await socket.next("new_message", ({ message }) => message.content === "9");
  await socket.close();
});

test("the same seed makes the same weather, with everything in it", () => {
  const draw = () => {
    const weather = storm({ chance: new Chance(1), longestSilence: 1000, longestDelay: 100 });
    return Array.from({ length: 300 }, (_, i) => {
      const kind = i % 3 > 0 ? ("request" as const) : ("socket" as const);
      const { delay, ...rest } = weather({ kind, isServerDown: i % 7 === 0 });
      return { ...rest, isLate: delay !== undefined };
    });
  };
  const faults = draw();
  expect(draw()).toEqual(faults);
  const kinds = new Set(faults.flatMap((one) => Object.keys(one)));
  expect([...kinds].sort()).toEqual(["isLate", "page", "silence", "toClient", "toServer", "twice"]);
});
