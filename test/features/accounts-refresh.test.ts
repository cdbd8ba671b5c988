import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Reply } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const clock = new ManualClock();
const server = await shared({ clock });

const day = 86_400_000;

function refresh(server: TestServer, refresh_token: string): Promise<Reply> {
  return server.api.post("/api/auth/refresh", { refresh_token });
}

async function successorOf(server: TestServer, token: string): Promise<string> {
  const reply = await refresh(server, token);
  expect(reply.status).toBe(200);
  return reply.body.refresh_token;
}

test("a refresh token is exchanged for its successor in the same session", async () => {
  const [alice] = await server.people("alice");
  const reply = await refresh(server, alice.signedIn.refresh_token);
  expect(reply.status).toBe(200);
  expect(reply.headers.get("cache-control")).toBe("no-store");
  expect(reply.body.user).toEqual(alice.signedIn.user);
  expect(reply.body.refresh_token).not.toBe(alice.signedIn.refresh_token);
  const { sessions } = (await server.as(reply.body).get("/api/auth/sessions")).body;
  expect(sessions).toHaveLength(1);
  expect((await alice.get("/api/auth/me")).status).toBe(200);
});

test("fifty tabs that refresh at once get one successor, and nobody is signed out", async () => {
  const [alice] = await server.people("alice");
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => refresh(server, alice.signedIn.refresh_token)),
  );
  expect(new Set(replies.map((one) => one.status))).toEqual(new Set([200]));
  const successors = new Set(replies.map((one) => one.body.refresh_token));
  expect(successors.size).toBe(1);
  await successorOf(server, [...successors][0]);
  expect((await alice.get("/api/auth/sessions")).body.sessions).toHaveLength(1);
});

test("a lost answer is asked for again: the same successor, also after a restart", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const first = (await server.register("alice")).signedIn.refresh_token;
  const second = await successorOf(server, first);
  clock.turn(20_000);
  expect(await successorOf(server, first)).toBe(second);
  await server.restart();
  clock.turn(10_000);
  expect(await successorOf(server, first)).toBe(second);
  const third = await successorOf(server, second);
  expect(new Set([first, second, third]).size).toBe(3);
});

test("a used token that turns up later ends the session and its sockets, and no other", async () => {
  const [alice] = await server.people("alice");
  const laptop = await server.login(alice.username);
  const [phoneSocket, laptopSocket] = [await alice.connect(), await laptop.connect()];
  const first = alice.signedIn.refresh_token;
  const second = await successorOf(server, first);
  clock.turn(30_001);
  expectRefused(await refresh(server, first), 401, "invalid_refresh_token");
  expect(await phoneSocket.closed).toBe(4003);
  expectRefused(await refresh(server, second), 401, "invalid_refresh_token");
  expectRefused(await alice.get("/api/auth/me"), 401, "unauthorized");
  expect(await laptopSocket.settled("pong")).toHaveLength(1);
  await successorOf(server, laptop.signedIn.refresh_token);
});

test("a refresh token lasts 30 days, and whoever uses it stays signed in longer", async () => {
  const [alice] = await server.people("alice");
  const left = (await server.login(alice.username)).signedIn.refresh_token;
  clock.turn(20 * day);
  const used = await successorOf(server, alice.signedIn.refresh_token);
  clock.turn(10 * day + 1000);
  expectRefused(await refresh(server, left), 401, "invalid_refresh_token");
  const reply = await refresh(server, used);
  expect(reply.status).toBe(200);
  const { sessions } = (await server.as(reply.body).get("/api/auth/sessions")).body;
  expect(sessions).toHaveLength(1);
});

test("nothing else is a refresh token", async () => {
  const [alice] = await server.people("alice");
  const { ticket } = (await alice.post("/api/auth/ws-ticket")).body;
  for (const wrong of ["x", alice.accessToken.slice(0, 200), ticket, `${alice.signedIn.refresh_token}x`]) {
    expectRefused(await refresh(server, wrong), 401, "invalid_refresh_token");
  }
  expectInvalid(await refresh(server, ""), "refresh_token");
  expectInvalid(await refresh(server, "x".repeat(10_000)), "refresh_token");
  await successorOf(server, alice.signedIn.refresh_token);
});
