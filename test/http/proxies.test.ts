import { expect, test } from "bun:test";

import { budgetKey, clientAddress, networkOf, proxyList } from "../../src/http/address.ts";
import { ManualClock } from "../support/clock.ts";
import type { Reply } from "../support/person.ts";
import { sendRaw } from "../support/raw-http.ts";
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
});

test("an address is the same one however a proxy writes it", () => {
  const proxy = "192.0.2.1";
  const address = (header: string) => clientAddress(proxy, header, proxyList([proxy, "2001:db8:ffff::/48"]));
  for (const written of [
    "198.51.100.4",
    "198.51.100.4:40001",
    "198.51.100.4:40002",
    '"198.51.100.4:40003"',
    '"198.51.100.4"',
    "::ffff:198.51.100.4",
    "::ffff:c633:6404",
    "[::ffff:198.51.100.4]:80",
    "10.0.0.9, 198.51.100.4:1",
    "198.51.100.4:1, 192.0.2.1:2",
    "198.51.100.4:1, [2001:db8:ffff::7]:443",
    "198.51.100.4,, ,192.0.2.1,",
    "unknown, 198.51.100.4",
  ]) {
    expect([written, address(written)]).toEqual([written, "198.51.100.4"]);
  }
  for (const written of [
    "2001:db8::1",
    "2001:DB8:0:0::1",
    "2001:0db8:0000:0000:0000:0000:0000:0001",
    "[2001:db8::1]",
    "[2001:db8::1]:443",
    '"[2001:db8::1]:443"',
    "2001:db8::1%eth0",
    "[2001:db8::1%25eth1]:443",
  ]) {
    expect([written, address(written)]).toEqual([written, "2001:db8::1"]);
  }
});

test("what is no address is the proxy's that passed it on, so that nobody makes themselves a new one", () => {
  const proxy = "192.0.2.1";
  const address = (header: string) => clientAddress(proxy, header, proxyList([proxy, "10.0.0.0/8"]));
  for (const written of [
    "",
    " , ,",
    "not an address",
    "unknown",
    "_hidden",
    "198.51.100.400",
    "198.051.100.004",
    "198.51.100.4:x",
    "198.51.100.4:123456",
    "[198.51.100.4]:80",
    "[2001:db8::1",
    "2001:db8::1]:80",
    "[2001:db8::1]x",
    "[]:80",
    '"',
    '""',
    "%eth0",
    "for=198.51.100.4",
    "203.0.113.7, nonsense",
  ]) {
    expect([written, address(written)]).toEqual([written, proxy]);
    expect(address(`${written}, 10.0.0.1:80`)).toBe("10.0.0.1");
  }
});

test("a proxy that writes the port has one budget for each person behind it, and so has one that adds a line", async () => {
  const config = { ...limits, trustedProxies: ["127.0.0.1"] };
  await using server = await TestServer.start({ clock: new ManualClock(), config });
  expect((await registerFrom(server, "198.51.100.4:40001")).status).toBe(201);
  for (const written of ["198.51.100.4:40002", '"198.51.100.4:40003"', "198.51.100.4"]) {
    expectRefused(await registerFrom(server, written), 429, "rate_limited");
  }
  expect((await registerFrom(server, "[2001:db8:1:2::1]:443")).status).toBe(201);
  expectRefused(await registerFrom(server, "[2001:db8:1:2::ffff]:444"), 429, "rate_limited");
  // Two lines are one list (RFC 9110, 5.3).
  const body = JSON.stringify({ username: "late", email: "late@example.org", password });
  const { host } = new URL(server.url);
  const lines = [
    `POST /api/auth/register HTTP/1.1`,
    `Host: ${host}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "X-Forwarded-For: 203.0.113.9",
    "X-Forwarded-For: 198.51.100.4:40004",
  ];
  const answer = await sendRaw(server.url, `${lines.join("\r\n")}\r\n\r\n${body}`);
  expect(answer.status).toBe(429);
});

test("an IPv6 subscriber has one budget, however many addresses", () => {
  expect(budgetKey("203.0.113.1")).toBe("203.0.113.1");
  expect(budgetKey("::ffff:203.0.113.1")).toBe("203.0.113.1");
  expect(budgetKey("::ffff:cb00:7101")).toBe("203.0.113.1");
  expect(budgetKey("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(budgetKey("2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
  expect(budgetKey("2001:db8::1")).toBe("2001:db8:0:0::/64");
  expect(budgetKey("2001:0DB8:0001:2::9")).toBe("2001:db8:1:2::/64");
  expect(budgetKey("2001:db8:1:2:3:4:192.0.2.1")).toBe("2001:db8:1:2::/64");
  expect(budgetKey("64:ff9b::192.0.2.1")).toBe("64:ff9b:0:0::/64");
  expect(budgetKey("::1")).toBe("0:0:0:0::/64");
  expect(budgetKey("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
});

test("an address is in the network of its neighbours", () => {
  const network = (address: string) => networkOf(budgetKey(address));
  expect(network("192.0.2.77")).toBe("192.0.2.0/24");
  expect(network("::ffff:192.0.2.7")).toBe("192.0.2.0/24");
  expect(network("2001:db8::1")).toBe("2001:db8:0::/48");
  expect(network("2001:db8:0:ffff::1")).toBe("2001:db8:0::/48");
  expect(network("2001:db8:1::1")).toBe("2001:db8:1::/48");
});
