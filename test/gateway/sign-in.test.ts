import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";
import { Socket, type SocketOptions } from "../support/socket.ts";

const clock = new ManualClock();
const server = await shared({ clock });

function open(person: Person, secret: string, options: SocketOptions): Promise<Socket> {
  return Socket.open(person.url, secret, options, person.contract);
}

async function ticketOf(person: Person): Promise<string> {
  return (await person.post("/api/auth/ws-ticket")).body.ticket;
}

test("a person comes in by header, by path, by subprotocol or with a ticket", async () => {
  const [alice] = await server.people("alice");
  for (const by of ["header", "path", "subprotocol", "ticket"] as const) {
    const secret = by === "ticket" ? await ticketOf(alice) : alice.accessToken;
    const socket = await open(alice, secret, { by });
    expect((await socket.next("connected"))["user_id"]).toBe(alice.id);
    expect((await socket.ask({ type: "ping" })).type).toBe("pong");
  }
});

test("a path may end with a slash, and the scheme's name may be written in any case", async () => {
  const [alice] = await server.people("alice");
  for (const [path, headers] of [
    [`/ws/${alice.accessToken}/`, []],
    ["/ws/", [`authorization: bEARER ${alice.accessToken}`]],
  ] as const) {
    const socket = await RawSocket.open(server.url, path, [...headers]);
    await socket.until(() => socket.frames[0]?.type === "connected");
    socket.end();
  }
});

test("of the subprotocols only chat.v1 is answered, never the token", async () => {
  const [alice] = await server.people("alice");
  const token = `bearer.${alice.accessToken}`;
  for (const [offered, answered] of [
    [`chat.v1, ${token}`, "chat.v1"],
    [`${token},chat.v1`, "chat.v1"],
    [token, undefined],
  ] as const) {
    const socket = await RawSocket.open(server.url, "/ws", [`Sec-WebSocket-Protocol: ${offered}`]);
    await socket.until(() => socket.frames[0]?.type === "connected");
    expect(socket.header("Sec-WebSocket-Protocol")).toBe(answered);
    socket.end();
  }
});

test("whoever has no valid token is let in just to be told so with 4001", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await bob.post("/api/auth/logout");
  const attempts: [string, SocketOptions][] = [
    ["", {}],
    ["nonsense", {}],
    ["nonsense", { by: "path" }],
    ["nonsense", { by: "subprotocol" }],
    ["nonsense", { by: "ticket" }],
    [alice.signedIn.refresh_token, {}],
    [alice.accessToken, { by: "ticket" }],
    [`${alice.accessToken}x`, { by: "path" }],
    [bob.accessToken, { by: "header" }],
    ["", { headers: { Authorization: `Basic ${alice.accessToken}` } }],
  ];
  for (const [secret, options] of attempts) {
    const socket = await open(alice, secret, options);
    expect([options, await socket.closed]).toEqual([options, 4001]);
    expect(socket.frames).toEqual([]);
  }
});

test("an access token that has expired no longer opens a socket, but one that is open stays", async () => {
  const [alice] = await server.people("alice");
  const socket = await alice.connect();
  clock.turn(16 * 60_000);
  expect(await (await open(alice, alice.accessToken, {})).closed).toBe(4001);
  expect((await socket.ask({ type: "ping" })).type).toBe("pong");
});

test("a ticket opens one socket, and only within 30 seconds", async () => {
  const [alice] = await server.people("alice");
  const [first, second] = [await ticketOf(alice), await ticketOf(alice)];
  clock.turn(29_000);
  await (await open(alice, first, { by: "ticket" })).next("connected");
  expect(await (await open(alice, first, { by: "ticket" })).closed).toBe(4001);
  clock.turn(2000);
  expect(await (await open(alice, second, { by: "ticket" })).closed).toBe(4001);
});

test("a ticket is worth nothing once its session has ended", async () => {
  const [alice] = await server.people("alice");
  const ticket = await ticketOf(alice);
  await alice.post("/api/auth/logout");
  expect(await (await open(alice, ticket, { by: "ticket" })).closed).toBe(4001);
});

test("tokens and tickets never reach the log", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const ticket = await ticketOf(alice);
  const token = alice.accessToken;
  await open(alice, token, { by: "path" });
  await open(alice, token, { by: "subprotocol" });
  await open(alice, ticket, { by: "ticket" });
  await open(alice, "wrong-secret", { by: "path" });
  for (const path of [`/ws/${token}`, `/chat/ws/${token}`, `/WS/${token}/`, `/ws?ticket=${ticket}`]) {
    await server.api.get(path);
  }
  const log = server.log.join("\n");
  expect(server.log.filter((line) => line.includes('"path":"/ws"')).length).toBe(6);
  for (const secret of [token, ticket, "wrong-secret", alice.signedIn.refresh_token]) {
    expect(log).not.toContain(secret);
  }
});
