import { expect, test } from "bun:test";

import type { Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

test("people sign in with their user name or e-mail address, in any case", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("Alice");
  for (const username of ["Alice", "aLICE", "Alice@example.org", "ALICE@EXAMPLE.ORG"]) {
    const reply = await server.api.post("/api/auth/login", { username, password });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.body.user).toEqual(alice.signedIn.user);
    expect((await server.as(reply.body).get("/api/auth/me")).status).toBe(200);
  }
});

test("an unknown name, a wrong password and a disabled account are refused alike", async () => {
  await using server = await TestServer.start();
  await server.register("alice");
  await server.register("bob");
  await server.operate("user disable", { username: "bob" });
  const login = (username: string, given: string) =>
    server.api.post("/api/auth/login", { username, password: given });
  expect((await login("alice", password)).status).toBe(200);
  const replies = [
    await login("nobody", password),
    await login("nobody@example.org", password),
    await login("alice", `${password}!`),
    await login("alice", password.toUpperCase()),
    await login("bob", password),
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
