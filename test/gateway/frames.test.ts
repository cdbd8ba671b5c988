import { expect, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";

async function pair(server: TestServer): Promise<{ alice: Person; chat: number; socket: Socket }> {
  const alice = await server.register("alice");
  const chat = await alice.directWith(await server.register("bob"));
  return { alice, chat, socket: await alice.connect() };
}

/** Sends a frame as it is, without a request_id of ours, and waits for what comes back. */
async function refusal(socket: Socket, text: string) {
  socket.ws.send(text);
  return socket.next("error");
}

test("the first frame says who the socket is and where it begins", async () => {
  await using server = await TestServer.start({ config: { heartbeatSeconds: 45 } });
  const { alice, socket } = await pair(server);
  const sessions = (await alice.get("/api/auth/sessions")).body.sessions;
  const { version } = (await alice.get("/health")).body;
  const { cursor, ...first } = socket.frames[0]!;
  expect(first).toEqual({
    type: "connected",
    user_id: alice.id,
    session_id: sessions[0].id,
    heartbeat_s: 45,
    server_version: version,
  });
  const again = await alice.connect({ since: cursor });
  expect((await again.next("resumed"))["count"]).toBe(0);
});

test("a ping is answered, with the request_id that it came with", async () => {
  await using server = await TestServer.start();
  const { socket } = await pair(server);
  for (const [ping, pong] of [
    [{ type: "ping" }, { type: "pong" }],
    [{ type: "ping", request_id: null }, { type: "pong" }],
    [
      { type: "ping", request_id: "é-1" },
      { type: "pong", request_id: "é-1" },
    ],
  ]) {
    socket.send(ping!);
    expect<object>(await socket.next("pong")).toEqual(pong!);
  }
});

test("an ack comes to whoever named the request, an error to everybody", async () => {
  await using server = await TestServer.start();
  const { chat, socket } = await pair(server);
  const send = { type: "send_message", chat_id: chat, content: "hi" };
  socket.send({ ...send, request_id: "x".repeat(100) });
  expect((await socket.next("ack"))["request_id"]).toBe("x".repeat(100));
  socket.send(send);
  socket.send({ ...send, request_id: null });
  expect((await socket.settled("new_message")).length).toBe(3);
  expect((await socket.settled("ack")).length).toBe(1);

  const error = await refusal(socket, JSON.stringify({ ...send, chat_id: 999 }));
  expect(error).toMatchObject({ code: "not_found" });
  expect(error).not.toHaveProperty("request_id");
  const named = await refusal(socket, JSON.stringify({ ...send, chat_id: 999, request_id: "r" }));
  expect(named).toMatchObject({ code: "not_found", request_id: "r" });
});

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

test("what is no frame is called malformed, and the socket lives on", async () => {
  await using server = await TestServer.start();
  const { socket } = await pair(server);
  expect((await socket.ask({ type: "ping", more: { than: ["is", "needed"] } })).type).toBe("pong");
  for (const text of [
    "",
    "{",
    "ping",
    "null",
    "7",
    '"ping"',
    '[{"type":"ping"}]',
    '{"type":"ping"}{"type":"ping"}',
    "\ufeff" + '{"type":"ping"}',
    `{"type":"ping","deep":${nested(100)}}`,
    nested(65_000),
    "[".repeat(131_072),
  ]) {
    expect([text.slice(0, 40), (await refusal(socket, text))["code"]]).toEqual([
      text.slice(0, 40),
      "malformed_json",
    ]);
    expect((await socket.ask({ type: "ping" })).type).toBe("pong");
  }
});

test("a type that nobody knows is refused by name, and the socket lives on", async () => {
  await using server = await TestServer.start();
  const { socket } = await pair(server);
  for (const type of [
    "typing",
    "user_status",
    "connected",
    "Ping",
    "__proto__",
    "constructor",
    "",
    7,
    null,
    ["ping"],
  ]) {
    const error = await refusal(socket, JSON.stringify({ type, request_id: "r" }));
    expect(error).toMatchObject({ code: "validation", request_id: "r", errors: [{ path: "type" }] });
  }
  expect(await refusal(socket, "{}")).toMatchObject({ code: "validation", errors: [{ path: "type" }] });
  expect((await socket.ask({ type: "ping" })).type).toBe("pong");
});

test("every wrong field is named, nothing is written, and the socket lives on", async () => {
  await using server = await TestServer.start();
  const { alice, chat, socket } = await pair(server);
  const mine = await alice.say(chat, "stays as it is");
  const send = { type: "send_message", chat_id: chat, content: "never" };
  const edit = { type: "edit_message", message_id: mine.id, content: "never" };
  const badIds = ["1", -1, 0, 1.5, 2 ** 53, 1e300, null, true, [1], { id: 1 }];
  const wrong: [string, object][] = [
    ...badIds.map((id): [string, object] => ["chat_id", { ...send, chat_id: id }]),
    ...badIds.map((id): [string, object] => ["message_id", { ...edit, message_id: id }]),
    ...badIds.map((id): [string, object] => ["message_id", { type: "delete_message", message_id: id }]),
    ["chat_id", { ...send, chat_id: undefined }],
    ["content", { ...send, content: 5 }],
    ["content", { ...send, content: "" }],
    ["content", { ...send, content: null }],
    ["content", { ...send, content: "é".repeat(8193) }],
    ["content", { ...edit, content: null }],
    ["content", { ...edit, content: "" }],
    ["message_type", { ...send, message_type: "system" }],
    ["message_type", { ...send, message_type: "poem" }],
    ["reply_to_id", { ...send, reply_to_id: -1 }],
    ["reply_to_id", { ...send, reply_to_id: 2 ** 52 }],
    ["client_id", { ...send, client_id: "" }],
    ["client_id", { ...send, client_id: "x".repeat(65) }],
    ["cursor", { type: "resume" }],
    ["cursor", { type: "resume", cursor: 5 }],
    ["cursor", { type: "resume", cursor: "x".repeat(101) }],
    ["request_id", { ...send, request_id: "x".repeat(101) }],
    ["request_id", { ...send, request_id: 7 }],
  ];
  for (const [path, frame] of wrong) {
    const error = await refusal(socket, JSON.stringify(frame));
    expect(error).toMatchObject({ code: "validation", errors: [{ path }] });
  }
  const infinite = JSON.stringify(send).replace(`"chat_id":${chat}`, '"chat_id":1e999');
  expect(await refusal(socket, infinite)).toMatchObject({
    code: "validation",
    errors: [{ path: "chat_id" }],
  });
  const both = await refusal(socket, JSON.stringify({ type: "send_message", content: 1 }));
  expect(both["errors"].map((one: { path: string }) => one.path).sort()).toEqual(["chat_id", "content"]);

  expect(await alice.history(chat)).toEqual([mine]);
  expect((await socket.ask({ type: "send_message", chat_id: chat, content: "é".repeat(8192) })).type).toBe(
    "ack",
  );
});

test("the longest message fits into a frame, however it is escaped", async () => {
  await using server = await TestServer.start();
  const { chat, socket } = await pair(server);
  const content = `x${"\u0001".repeat(16_383)}`;
  const ack = await socket.ask({ type: "send_message", chat_id: chat, content });
  expect(ack["message"].content).toBe(content);
});

test("half of a surrogate pair arrives as a replacement character", async () => {
  await using server = await TestServer.start();
  const { chat, socket } = await pair(server);
  socket.ws.send(`{"type":"send_message","request_id":"r","chat_id":${chat},"content":"a\\ud800b"}`);
  expect((await socket.next("ack"))["message"].content).toBe("a\ufffdb");
});

test("whatever is wrong with a frame that parses, the refusal names the request", async () => {
  await using server = await TestServer.start();
  const { chat, socket } = await pair(server);
  const deep = JSON.parse(nested(32));
  const send = { type: "send_message", chat_id: chat, content: "hi" };
  const wrong: [string, object][] = [
    ["malformed_json", { type: "ping", x: deep }],
    ["malformed_json", { ...send, content: deep }],
    ["malformed_json", { type: deep }],
    ["malformed_json", { type: "nonsense", deep }],
    ["validation", { type: JSON.parse(nested(31)) }],
    ["validation", { type: "nonsense" }],
    ["validation", { ...send, chat_id: "1" }],
    ["validation", { ...send, content: "x".repeat(20_000) }],
    ["not_found", { ...send, chat_id: 999 }],
  ];
  for (const [code, frame] of wrong) {
    for (const request_id of ["a", "x".repeat(100), "", "\u0001é😀"]) {
      expect(await refusal(socket, JSON.stringify({ ...frame, request_id }))).toMatchObject({
        code,
        request_id,
      });
      expect(await refusal(socket, JSON.stringify({ request_id, ...frame }))).toMatchObject({
        code,
        request_id,
      });
    }
  }
  const deepest = `{"type":"ping","x":${nested(65_000)},"request_id":"a"}`;
  expect(await refusal(socket, deepest)).toMatchObject({ code: "malformed_json", request_id: "a" });
  // A name that cannot be one is not repeated.
  for (const request_id of ["x".repeat(101), 7, null, deep, { a: 1 }]) {
    const error = await refusal(socket, JSON.stringify({ type: "ping", x: deep, request_id }));
    expect(error["code"]).toBe("malformed_json");
    expect(error).not.toHaveProperty("request_id");
  }
  expect((await socket.ask({ type: "ping", x: JSON.parse(nested(31)) })).type).toBe("pong");
});
