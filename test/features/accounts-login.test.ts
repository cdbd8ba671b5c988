import { expect, test } from "bun:test";

import type { Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("people sign in with their user name or e-mail address, in any case", async () => {
  const [alice] = await server.people("Alice");
  const { username, email } = alice.signedIn.user;
  for (const name of [username, username.toUpperCase(), email, email.toUpperCase()]) {
    const reply = await server.api.post("/api/auth/login", { username: name, password });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.body.user).toEqual(alice.signedIn.user);
    expect((await server.as(reply.body).get("/api/auth/me")).status).toBe(200);
  }
});

test("an unknown name, a wrong password and a disabled account are refused alike", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await server.operate("user disable", { username: bob.username });
  const login = (username: string, given: string) =>
    server.api.post("/api/auth/login", { username, password: given });
  expect((await login(alice.username, password)).status).toBe(200);
  const replies = [
    await login("nobody", password),
    await login("nobody@example.org", password),
    await login(alice.username, `${password}!`),
    await login(alice.username, password.toUpperCase()),
    await login(bob.username, password),
  ];
  for (const reply of replies) expectRefused(reply, 401, "bad_credentials");
  expect(new Set(replies.map(withoutId)).size).toBe(1);
});

function withoutId({ body, headers }: Reply): string {
  const names = [...headers.keys()].sort();
  return JSON.stringify({ ...body, request_id: undefined, names }).replaceAll(body.request_id, "");
}

test("an unknown name takes as long as a wrong password", async () => {
  await using server = await TestServer.start({
    config: { passwordMemoryKib: 32_768, passwordIterations: 2 },
  });
  await server.register("alice");
  const milliseconds = async (username: string) => {
    const started = performance.now();
    await server.api.post("/api/auth/login", { username, password: "not this one" });
    return performance.now() - started;
  };
  await milliseconds("nobody");
  const unknown = Math.min(await milliseconds("nobody"), await milliseconds("nobody2"));
  const wrong = Math.min(await milliseconds("alice"), await milliseconds("alice"));
  // Without a hash it would be a twentieth.
  expect(unknown / wrong).toBeGreaterThan(0.3);
});

test("somebody whose password was hashed at an earlier cost still signs in", async () => {
  await using server = await TestServer.start();
  await server.register("alice");
  await server.restart({ passwordMemoryKib: 64, passwordIterations: 2 });
  expect((await server.login("alice")).username).toBe("alice");
  expect((await server.login("alice")).username).toBe("alice");
});

test("when too many sign in at once, the rest are told to come back", async () => {
  await using server = await TestServer.start({
    config: {
      passwordMemoryKib: 32_768,
      passwordIterations: 2,
      passwordConcurrency: 1,
      passwordQueue: 2,
    },
  });
  await server.register("alice");
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => server.api.post("/api/auth/login", { username: "alice", password })),
  );
  const refused = replies.filter((one) => one.status !== 200);
  for (const reply of refused) {
    expectRefused(reply, 503, "overloaded");
    expect(reply.body.retry_after).toBeGreaterThan(0);
  }
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(12);
  expect((await server.login("alice")).username).toBe("alice");
});
