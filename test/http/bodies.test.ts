/** What the bodies that are being read may hold in memory, and who makes room for whom. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { BodyMemory } from "../../src/http/body-memory.ts";
import { type RawAnswer, RawRequest } from "../support/raw-http.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start({
    config: {
      trustedProxies: ["127.0.0.1"],
      maxBodyBytes: 20_000,
      bodyBytesPerAddress: 20_000,
      bodyBytesInAll: 50_000,
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

let addresses = 0;
const place = () => `198.51.100.${++addresses}`;

/** A body that is being sent, to be signed in with. */
class Sending extends RawRequest {
  private constructor(private readonly isChunked: boolean) {
    super(server.url);
  }

  /** The server has begun to read: what is asked for afterwards comes later. Without a length it comes in chunks. */
  static async begin(address: string, bytes: number, { length = true } = {}): Promise<Sending> {
    const sending = new Sending(!length);
    const size = length ? `Content-Length: ${bytes + nobody.length}` : "Transfer-Encoding: chunked";
    void sending.send(
      `POST /api/auth/login HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\n` +
        `Content-Type: application/json\r\n${size}\r\n\r\n`,
    );
    sending.write(blanks(bytes));
    await server.api.get("/health");
    await server.api.get("/health");
    return sending;
  }

  write(text: string): void {
    void this.send(this.isChunked ? `${text.length.toString(16)}\r\n${text}\r\n` : text);
  }

  /** Sends what is left. */
  finish(): Promise<RawAnswer> {
    this.write(nobody);
    if (this.isChunked) void this.send("0\r\n\r\n");
    return this.answer;
  }
}

const nobody = JSON.stringify({ username: "nobody", password });
const blanks = (bytes: number) => " ".repeat(bytes);
const login = (address: string, more = 0) =>
  server.api.call("POST", "/api/auth/login", undefined, {
    headers: { "X-Forwarded-For": address, "Content-Type": "application/json" },
    raw: nobody + blanks(more),
  });

async function refusalOf(sending: Sending): Promise<[status: number, code: string]> {
  const { status, body } = await sending.answer;
  return [status, JSON.parse(body).code];
}

test("of bodies of unknown length, which the runtime may hold a megabyte of, the one that came first makes room", async () => {
  await using usual = await TestServer.start({ config: { trustedProxies: ["127.0.0.1"] } });
  const before = server;
  server = usual;
  const here = place();
  const slow: Sending[] = [];
  for (let n = 0; n < 8; n++) slow.push(await Sending.begin(here, 1, { length: false }));
  using next = await Sending.begin(here, 1, { length: false });
  expect(await refusalOf(slow[0]!)).toEqual([429, "rate_limited"]);
  expect((await login(here)).status).toBe(401);
  expect(await refusalOf(slow[1]!)).toEqual([429, "rate_limited"]);
  for (const one of [next, ...slow.slice(2)]) {
    const { status, body } = await one.finish();
    expect([status, JSON.parse(body).code]).toEqual([401, "bad_credentials"]);
  }
  server = before;
});

test("without a token a body may have less than with one", async () => {
  expectRefused(await login(place(), 16_384), 413, "payload_too_large");
  const [alice] = await server.people("alice");
  const raw = JSON.stringify({ bio: "hello" }) + blanks(9000);
  const reply = await alice.call("PUT", "/api/auth/me", undefined, {
    headers: { "Content-Type": "application/json" },
    raw,
  });
  expect(reply.status).toBe(200);
});

test("where an address holds too much, its largest body makes room for the smaller ones", async () => {
  const [here, elsewhere] = [place(), place()];
  using slow = await Sending.begin(here, 12_000);
  using small = await Sending.begin(here, 1000);
  using other = await Sending.begin(elsewhere, 16_000);
  expect((await login(here, 8000)).status).toBe(401);
  expect(await refusalOf(slow)).toEqual([429, "rate_limited"]);
  for (const one of [small, other]) {
    expect((await one.finish()).status).toBe(401);
  }
});

test("a body that is itself the largest is the one that is given up", async () => {
  const here = place();
  using slow = await Sending.begin(here, 8000);
  expectRefused(await login(here, 13_000), 429, "rate_limited");
  expect((await slow.finish()).status).toBe(401);
});

test("where all hold too much, the largest of all makes room", async () => {
  using largest = await Sending.begin(place(), 16_000);
  using first = await Sending.begin(place(), 9000);
  using second = await Sending.begin(place(), 9000);
  using third = await Sending.begin(place(), 9000);
  expect((await login(place(), 8000)).status).toBe(401);
  expect(await refusalOf(largest)).toEqual([503, "overloaded"]);
  for (const one of [first, second, third]) {
    expect((await one.finish()).status).toBe(401);
  }
});

test("what has been read, refused or cut off gives its room back", async () => {
  const here = place();
  for (let n = 0; n < 10; n++) {
    expect((await login(here, 9000)).status).toBe(401);
    expectRefused(await login(here, 16_384), 413, "payload_too_large");
    (await Sending.begin(here, 9000)).cut();
    await server.api.get("/health");
  }
  expect((await login(here, 16_000)).status).toBe(401);
});

test("a body that has been evicted holds nothing any more", () => {
  const memory = new BodyMemory({ inAll: 100, perAddress: 100 });
  const refused: string[] = [];
  const reserve = (name: string) => memory.reserve("here", () => refused.push(name));
  const [first, second, third] = [reserve("first"), reserve("second"), reserve("third")];
  first.grow(70);
  second.grow(60);
  expect(refused).toEqual(["first"]);
  // A chunk that it had already got.
  first.grow(90);
  first.release();
  second.release();
  third.grow(100);
  expect(refused).toEqual(["first"]);
});
