/** How the built executable says goodbye. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";

import { Home } from "./support/executable.ts";
import { Load } from "./support/load.ts";
import { Chance } from "./support/random.ts";

setDefaultTimeout(30_000);

test("told to stop while everybody talks, it sends them away with 1012 and keeps what it acknowledged", async () => {
  await using home = new Home();
  const first = await home.start();
  const load = await Load.prepare(first, { people: 10, chats: 2, window: 8, chance: new Chance() });
  await load.connect(first.url);
  load.talk();
  await load.untilAcknowledged(500);
  const asked = performance.now();
  const [code, closeCodes] = await Promise.all([first.kill("SIGTERM"), load.closed()]);
  expect(code).toBe(0);
  expect(performance.now() - asked).toBeLessThan(10_000);
  expect([...closeCodes]).toEqual([1012]);
  expect(first.errors).toBe("");

  const second = await home.start();
  await load.connect(second.url);
  await load.finish();
  expect(load.problems).toEqual([]);
  expect(load.acknowledged.size).toBeGreaterThan(500);
  // Each one is where its acknowledgement said.
  for (const [clientId, { id, chatId, seq }] of load.acknowledged) {
    const { lines } = load.conversations.get(chatId)!;
    expect(JSON.parse(lines[seq]!)).toMatchObject({ id, client_id: clientId });
  }
});

test("SIGINT stops it as well", async () => {
  await using home = new Home();
  const server = await home.start();
  expect(await server.kill("SIGINT")).toBe(0);
});

/** Opens a connection, says something, and from then on does not react to anything. */
function say(url: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, () => resolve(socket)));
    socket.on("error", reject);
    socket.pause();
  });
}

test("somebody who never finishes a request does not keep it from stopping", async () => {
  await using home = new Home();
  const server = await home.start();
  const alice = await server.register("alice");
  const head = "Host: localhost\r\nContent-Type: application/json\r\n";
  const stuck = await Promise.all([
    say(server.url, `POST /api/auth/login HTTP/1.1\r\n${head}Content-Length: 100\r\n\r\n{"username":`),
    say(server.url, "GET /docs HTTP/1.1\r\nHost: local"),
    say(server.url, `GET /_docs/redoc/redoc.js HTTP/1.1\r\n${head}\r\n`),
    say(
      server.url,
      `GET /ws HTTP/1.1\r\n${head}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${alice.accessToken}\r\n\r\n`,
    ),
  ]);
  // Whoever came after them has been answered: they have been read.
  expect((await alice.get("/api/auth/me")).status).toBe(200);
  const asked = performance.now();
  expect(await server.kill("SIGTERM")).toBe(0);
  expect(performance.now() - asked).toBeLessThan(10_000);
  for (const socket of stuck) socket.destroy();
}, 20_000);
