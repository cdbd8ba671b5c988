import { expect, test } from "bun:test";

import { type RawAnswer, sendRaw } from "../support/raw-http.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

const post = "POST /api/auth/login HTTP/1.1\r\nHost: chat\r\nContent-Type: application/json\r\n";

function getWithHost(host: string): string {
  return `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
}

/** Our own refusal, or the one of the runtime, which has no body. */
function expectBadRequest({ status, head, body }: RawAnswer, code: string): void {
  expect(status).toBe(400);
  if (body === "") return;
  expect(head).toContain("application/problem+json");
  expect(JSON.parse(body)).toMatchObject({ status: 400, code });
}

async function expectWell(server: TestServer): Promise<void> {
  const { status, body } = await sendRaw(server.url, getWithHost("chat.example.org:8000"));
  expect([status, JSON.parse(body).status]).toEqual([200, "ok"]);
  expect(server.log.filter((line) => JSON.parse(line).level === "error")).toEqual([]);
}

test("names and addresses, with and without a port, are hosts", async () => {
  for (const host of ["chat", "chat.example.org:8000", "127.0.0.1", "[::1]:8000", "xn--grn-hoa.example"]) {
    expect((await sendRaw(server.url, getWithHost(host))).status).toBe(200);
  }
});

test("what is no host is refused", async () => {
  await expectWell(server);
  const wrong = ["", " ", "a b<>", "a:b:c", "[::1", "[::zz]", "chat:99999", "chat:x", "chat/x", "me@chat"];
  wrong.push("chat?x", "chat#x", "a\\b", "%00", "%", "<script>", "\u00e9", "a\tb");
  for (const host of wrong) {
    expectBadRequest(await sendRaw(server.url, getWithHost(host)), "bad_host");
  }
  expect((await sendRaw(server.url, getWithHost("x".repeat(70_000)))).status).toBe(431);
  expectBadRequest(await sendRaw(server.url, "GET /health HTTP/1.1\r\n\r\n"), "bad_host");
  await expectWell(server);
});

test("what is no host is refused for sockets and for calls with a body too", async () => {
  const upgrade =
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const request of [
    `GET /ws HTTP/1.1\r\nHost: a b<>\r\nConnection: Upgrade\r\n${upgrade}\r\n`,
    `POST /api/auth/login HTTP/1.1\r\nHost: a b<>\r\nContent-Length: 2\r\n\r\n{}`,
  ]) {
    expectBadRequest(await sendRaw(server.url, request), "bad_host");
  }
  await expectWell(server);
});

test("a request whose length can be read in two ways is refused", async () => {
  const smuggled = "GET /health HTTP/1.1\r\nHost: chat\r\n\r\n";
  const accepted = await sendRaw(server.url, `${post}Content-Length: 2\r\n\r\n{}`);
  expect(accepted.status).toBe(422);
  for (const [lengths, body] of [
    ["Content-Length: 2\r\nContent-Length: 3", `{}x${smuggled}`],
    ["Content-Length: 2\r\nTransfer-Encoding: chunked", `0\r\n\r\n${smuggled}`],
    ["Transfer-Encoding: chunked\r\nContent-Length: 2", `0\r\n\r\n${smuggled}`],
    ["Transfer-Encoding: xchunked", `0\r\n\r\n${smuggled}`],
    ["Transfer-Encoding: chunked, identity", `0\r\n\r\n${smuggled}`],
    ["Content-Length: -1", "{}"],
    ["Content-Length: +2", "{}"],
    ["Content-Length: 0x2", "{}"],
    ["Content-Length: 2 2", "{}"],
    ["Content-Length: 99999999999999999999999", "{}"],
    ["Transfer-Encoding: chunked", `zz\r\n{}\r\n0\r\n\r\n${smuggled}`],
    ["Transfer-Encoding: chunked", `-2\r\n{}\r\n0\r\n\r\n${smuggled}`],
  ]) {
    const answer = await sendRaw(server.url, `${post}${lengths}\r\n\r\n${body}`);
    expect({ lengths, status: answer.status }).toEqual({ lengths: lengths!, status: 400 });
    expect(answer.body).not.toContain("uptime_s");
  }
  await expectWell(server);
});

test("what is no HTTP is refused", async () => {
  for (const request of [
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "GET health HTTP/1.1\r\nHost: chat\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost : chat\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: chat\r\nno colon\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: chat\r\n\r\n",
    `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: chat\r\n\r\n`,
  ]) {
    const { status } = await sendRaw(server.url, request);
    expect(status).toBeOneOf([400, 414, 431]);
  }
  await expectWell(server);
});

test("somebody who hangs up in the middle of a body disturbs nobody", async () => {
  const [alice] = await server.people("alice");
  const half = `${post}Content-Length: 1000\r\n\r\n{"username":`;
  for (let i = 0; i < 20; i++) await sendRaw(server.url, half, { hangUp: true });
  expect((await alice.get("/api/auth/me")).status).toBe(200);
  await expectWell(server);
});
