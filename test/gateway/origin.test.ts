import { expect, test } from "bun:test";

import { RawSocket } from "../support/raw-socket.ts";
import { shared } from "../support/shared.ts";

const config = { publicUrl: "https://chat.example.org/talk", corsOrigins: ["https://app.example.net"] };
const server = await shared({ config });

async function knock(token: string, headers: string[]): Promise<RawSocket> {
  return RawSocket.open(server.url, "/ws", [`Authorization: Bearer ${token}`, ...headers]);
}

test("clients without an origin and pages of our own and of allowed origins may connect", async () => {
  const [alice] = await server.people("alice");
  const { host } = new URL(server.url);
  for (const headers of [
    [],
    [`Origin: http://${host}`],
    ["Host: proxied.example.org:8443", "Origin: https://proxied.example.org:8443"],
    ["Origin: https://chat.example.org"],
    ["Origin: https://app.example.net"],
  ]) {
    const socket = await knock(alice.accessToken, headers);
    await socket.until(() => socket.frames[0]?.type === "connected");
    socket.end();
  }
});

test("pages of other origins are refused before their token is looked at", async () => {
  const [alice] = await server.people("alice");
  const { hostname, port } = new URL(server.url);
  const ticket = (await alice.post("/api/auth/ws-ticket")).body.ticket;
  for (const origin of [
    "https://evil.example.com",
    `http://${hostname}:${Number(port) + 1}`,
    `http://${hostname}`,
    "https://chat.example.org.evil.example.com",
    "https://app.example.net:444",
    "http://app.example.net",
    "null",
    "nonsense",
  ]) {
    const socket = await RawSocket.open(server.url, `/ws?ticket=${ticket}`, [`Origin: ${origin}`]);
    expect([origin, socket.status]).toEqual([origin, 403]);
    const problem = JSON.parse(socket.body) as { code: string };
    server.api.contract.checkAnswer("GET", "/ws", 403, socket.header("Content-Type")!, problem);
    expect(problem.code).toBe("bad_origin");
    socket.end();
  }
  const socket = await RawSocket.open(server.url, `/ws?ticket=${ticket}`);
  await socket.until(() => socket.frames[0]?.type === "connected");
});

test("asking for /ws without a WebSocket is answered with what it takes", async () => {
  for (const path of ["/ws", "/ws/", "/ws/some-token"]) {
    const reply = await server.api.get(path);
    expect([reply.status, reply.body.code]).toEqual([426, "upgrade_required"]);
    expect(reply.headers.get("upgrade")).toBe("websocket");
  }
});
