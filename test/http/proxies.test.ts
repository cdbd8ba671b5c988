import { expect, test } from "bun:test";

import { budgetKey, clientAddress, proxyList } from "../../src/http/address.ts";
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
  const address = (peer: string, header: string | null, ...trusted: string[]) =>
    clientAddress(peer, header, proxyList(trusted));
  expect(address(proxy, null)).toBe(proxy);
  expect(address(proxy, "203.0.113.1")).toBe(proxy);
  expect(address(proxy, null, proxy)).toBe(proxy);
  expect(address(proxy, "203.0.113.1", proxy)).toBe("203.0.113.1");
  expect(address(`::ffff:${proxy}`, "203.0.113.1", proxy)).toBe("203.0.113.1");
  expect(address(proxy, ` 203.0.113.1 ,::FFFF:${proxy}`, proxy)).toBe("203.0.113.1");
  expect(address("2001:db8::1", "2001:db8::2", "2001:db8::1")).toBe("2001:db8::2");
  expect(address(proxy, `192.0.2.2,${proxy}`, proxy, "192.0.2.2")).toBe("192.0.2.2");
  expect(address(proxy, "203.0.113.1,192.0.2.77", "192.0.2.0/24")).toBe("203.0.113.1");
  expect(address("2001:db8::7", "203.0.113.1", "2001:db8::/32")).toBe("203.0.113.1");
  expect(address(proxy, "not an address", proxy)).toBe("not an address");
});

test("an IPv6 subscriber has one budget, however many addresses", () => {
  expect(budgetKey("203.0.113.1")).toBe("203.0.113.1");
  expect(budgetKey("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(budgetKey("2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
  expect(budgetKey("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(budgetKey("::1")).toBe("0:0:0:0::/64");
  expect(budgetKey("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
});
