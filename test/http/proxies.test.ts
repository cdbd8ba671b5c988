import { expect, test } from "bun:test";

import { clientAddress } from "../../src/http/address.ts";
import { ManualClock } from "../support/clock.ts";
import type { Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

const limits = { rateLimits: "on", registrationsPerHour: 1 } as const;

let people = 0;

function registerFrom(server: TestServer, forwardedFor: string): Promise<Reply> {
  const username = `person${++people}`;
  const body = { username, email: `${username}@example.org`, password };
  return server.api.post("/api/auth/register", body, { headers: { "X-Forwarded-For": forwardedFor } });
}

test("behind a trusted proxy everybody has their own address", async () => {
  const config = { ...limits, trustedProxies: ["127.0.0.1"] };
  await using server = await TestServer.start({ clock: new ManualClock(), config });
  expect((await registerFrom(server, "203.0.113.1")).status).toBe(201);
  expect((await registerFrom(server, "203.0.113.2")).status).toBe(201);
  expectRefused(await registerFrom(server, "203.0.113.1"), 429, "rate_limited");
});

test("what somebody wrote before the proxy did is not believed", async () => {
  const config = { ...limits, trustedProxies: ["127.0.0.1", "10.0.0.1"] };
  await using server = await TestServer.start({ clock: new ManualClock(), config });
  expect((await registerFrom(server, "198.51.100.1, 203.0.113.1")).status).toBe(201);
  expectRefused(await registerFrom(server, "198.51.100.2, 203.0.113.1"), 429, "rate_limited");
  expectRefused(await registerFrom(server, "198.51.100.3, 203.0.113.1, 10.0.0.1"), 429, "rate_limited");
});

test("without a trusted proxy the header counts for nothing", async () => {
  await using server = await TestServer.start({ clock: new ManualClock(), config: limits });
  expect((await registerFrom(server, "203.0.113.1")).status).toBe(201);
  expectRefused(await registerFrom(server, "203.0.113.2"), 429, "rate_limited");
});

test("the address is the first one from the right that no trusted proxy has", () => {
  const proxy = "192.0.2.1";
  expect(clientAddress(proxy, null, [])).toBe(proxy);
  expect(clientAddress(proxy, "203.0.113.1", [])).toBe(proxy);
  expect(clientAddress(proxy, null, [proxy])).toBe(proxy);
  expect(clientAddress(proxy, "203.0.113.1", [proxy])).toBe("203.0.113.1");
  expect(clientAddress(`::ffff:${proxy}`, "203.0.113.1", [proxy])).toBe("203.0.113.1");
  expect(clientAddress(proxy, ` 203.0.113.1 ,::FFFF:${proxy}`, [proxy])).toBe("203.0.113.1");
  expect(clientAddress("2001:db8::1", "2001:db8::2", ["2001:db8::1"])).toBe("2001:db8::2");
  expect(clientAddress(proxy, `192.0.2.2,${proxy}`, [proxy, "192.0.2.2"])).toBe("192.0.2.2");
});
