import { expect, test } from "bun:test";

import { mostPlainBytes } from "../../src/platform/push/encrypt.ts";
import type { Content, Outcome } from "../../src/platform/push/push.ts";
import type { Answer, PushService } from "../support/push-service.ts";
import { openBoth, pushTo, sendOne, testPush } from "../support/web-push.ts";

const message: Content = {
  type: "message",
  title: "Zoë",
  body: "See you at 🎉",
  chat_id: 7,
  message_id: 12,
  count: 3,
  unread_messages: 5,
  read_chat_ids: [8],
};

test("a device gets what it is told, encrypted, and how urgent it is", async () => {
  await using both = await openBoth();
  const { service, webPush } = both;
  const device = await service.subscribe(webPush.publicKey);
  for (const content of [message, testPush]) {
    const more = { content, topic: "chat_high-7", ttlSeconds: 3600 };
    expect(await sendOne(webPush, device, more)).toEqual({ status: "accepted" });
    expect(await device.next()).toMatchObject({
      content,
      urgency: "high",
      topic: "chat_high-7",
      ttlSeconds: 3600,
    });
  }
  expect(service.refusals).toEqual([]);
});

const from =
  (status: number, headers: Record<string, string> = {}): Answer =>
  () =>
    new Response("This is not for the operator.", { status, headers });
const busy = (retryAfter: string) => from(429, { "Retry-After": retryAfter });
const redirect =
  (status: number): Answer =>
  (request) =>
    new Response(null, { status, headers: { Location: new URL("/push/elsewhere", request.url).href } });
const gone = { status: "gone", detail: expect.stringContaining("over") };
const refused = (part: string) => ({ status: "refused", detail: expect.stringContaining(part) });
const later = (retryAfterMilliseconds?: number) => ({
  status: "later",
  detail: expect.stringContaining("answered"),
  retryAfterMilliseconds,
});

/** What the service answers, and what becomes of the push. The clock stands at 2030-01-01 00:00. */
const answers: [name: string, answer: Answer, outcome: object][] = [
  ["201", 201, { status: "accepted" }],
  ["200, as ntfy says it", from(200), { status: "accepted" }],
  ["202", 202, { status: "accepted" }],
  ["404", 404, gone],
  ["410", from(410), gone],
  ["400", 400, refused("400")],
  ["401", 401, refused("VAPID")],
  ["403", from(403), refused("PUSH_CONTACT")],
  ["413", 413, refused("413")],
  ["422", 422, refused("422")],
  ["429", 429, later()],
  ["429 for two minutes", busy("120"), later(120_000)],
  ["429 until a date", busy("Tue, 01 Jan 2030 00:05:00 GMT"), later(300_000)],
  ["429 until a date that is over", busy("Mon, 31 Dec 2029 00:00:00 GMT"), later(0)],
  ["429 for three hours", busy("10800"), later(3600_000)],
  ["429 for ages", busy("99999999999999999999"), later(3600_000)],
  ["429 for less than nothing", busy("-5"), later()],
  ["429 until next year", busy("Wed, 01 Jan 2031 00:00:00 GMT"), later(3600_000)],
  ["429 for nonsense", busy("soon"), later()],
  ["408", 408, later()],
  ["500", 500, later()],
  ["502", from(502), later()],
  ["503 for a second", from(503, { "Retry-After": "1" }), later(1000)],
  ["507, ntfy's limit", 507, later()],
  ["301", redirect(301), refused("redirects")],
  ["302", redirect(302), refused("redirects")],
  ["307", redirect(307), refused("redirects")],
  ["308", redirect(308), refused("redirects")],
];

for (const [name, answer, expected] of answers) {
  test(`a push that is answered ${name}`, async () => {
    await using both = await openBoth();
    const { service, webPush } = both;
    const device = await service.subscribe();
    service.answer(answer);
    const outcome = await sendOne(webPush, device, { content: message });
    expect(outcome).toEqual(expected as Outcome);
    // Also of what it was redirected to.
    expect(service.requests).toBe(1);
    expect(service.refusals).toEqual([]);
    const detail = "detail" in outcome ? outcome.detail : "";
    if (outcome.status !== "accepted") expect(detail).toMatch(/^push\.test:\d+ answered .+\.$/);
    for (const secret of [
      new URL(device.endpoint).pathname,
      device.keys.auth,
      "See you",
      "operator",
      "eyJ",
    ]) {
      expect(detail).not.toContain(secret);
    }
  });
}

test("an answer without end is cut off, and its status counts", async () => {
  await using both = await openBoth();
  const { service, webPush } = both;
  const cut = Promise.withResolvers<void>();
  const endless = () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new Uint8Array(1024));
        await Bun.sleep(0);
      },
      cancel: () => cut.resolve(),
    });
  for (const [status, expected] of [
    [201, "accepted"],
    [410, "gone"],
    [500, "later"],
  ] as const) {
    const device = await service.subscribe();
    device.answer(() => new Response(endless(), { status }));
    expect((await sendOne(webPush, device)).status).toBe(expected);
  }
  await cut.promise;
});

test("an answer that drips holds nothing up, and is cut off after two seconds", async () => {
  await using both = await openBoth();
  const { clock, service, webPush } = both;
  const device = await service.subscribe();
  const cut = Promise.withResolvers<void>();
  const dripping = () =>
    new ReadableStream<Uint8Array>({
      start: (one) => one.enqueue(new Uint8Array(1)),
      cancel: () => cut.resolve(),
    });
  device.answer(() => new Response(dripping(), { status: 201 }));
  expect(await sendOne(webPush, device)).toEqual({ status: "accepted" });
  clock.turn(2_000);
  await cut.promise;
});

test("a service that is silent is tried again later", async () => {
  await using both = await openBoth();
  const { clock, service, webPush } = both;
  const device = await service.subscribe();
  const asked = Promise.withResolvers<void>();
  device.answer(() => {
    asked.resolve();
    return new Promise<Response>(() => {});
  });
  const sending = sendOne(webPush, device);
  await asked.promise;
  clock.turn(10_000);
  const detail = `${new URL(service.origin).host} gave no answer, or not within 10 s.`;
  expect(await sending).toEqual({ status: "later", detail });
});

test("a name that is not resolved for ten seconds is tried again later", async () => {
  const asked = Promise.withResolvers<void>();
  const resolve = () => {
    asked.resolve();
    return new Promise<never>(() => {});
  };
  await using both = await openBoth({ resolve });
  const sending = sendOne(both.webPush, await both.service.subscribe());
  await asked.promise;
  both.clock.turn(10_000);
  expect(await sending).toMatchObject({ status: "later", detail: expect.stringContaining("within 10 s") });
});

test("what is wrong on the way is said, and the push tried again later", async () => {
  const noSuchName = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  for (const resolve of [() => Promise.reject(noSuchName), async () => []]) {
    await using both = await openBoth({ resolve });
    const device = await both.service.subscribe();
    const detail = `${new URL(device.endpoint).host} cannot be resolved (ENOTFOUND).`;
    expect(await sendOne(both.webPush, device)).toEqual({ status: "later", detail });
  }
  await using both = await openBoth();
  const { keys } = await both.service.subscribe();
  // Nobody listens on TCP port 1.
  const detail = "push.test:1 refuses connections (ECONNREFUSED).";
  expect(await sendOne(both.webPush, { endpoint: "https://push.test:1/push", keys })).toEqual({
    status: "later",
    detail,
  });
});

test("a service without a valid certificate for its name gets nothing", async () => {
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
  await using unknown = await openBoth({ ca: "" });
  const known = await unknown.service.subscribe();
  expect(await sendOne(unknown.webPush, known)).toMatchObject({
    status: "later",
    detail: expect.stringMatching(/ has no valid certificate \(DEPTH_ZERO_SELF_SIGNED_CERT\)\.$/),
  });
  expect(unknown.service.requests).toBe(0);

  await using both = await openBoth({ allowedHosts: ["push.test", "other.test"], resolve });
  const device = await both.service.subscribe();
  // Also where a connection to the same address is open already.
  expect(await sendOne(both.webPush, device)).toEqual({ status: "accepted" });
  const endpoint = device.endpoint.replace("push.test", "other.test");
  expect(await sendOne(both.webPush, { ...device, endpoint })).toMatchObject({
    status: "later",
    detail: expect.stringContaining("has no valid certificate (ERR_TLS_CERT_ALTNAME_INVALID)"),
  });
  expect(both.service.requests).toBe(1);
});

/** Answers on its own port with what it is given, over and over. */
function babble(text: string, { certificate, key }: PushService) {
  const write = (socket: Bun.Socket) => {
    while (socket.write(text) > 0);
  };
  const socket = { data: write, drain: write };
  return Bun.listen({ hostname: "127.0.0.1", port: 0, tls: { cert: certificate, key }, socket });
}

test("a service that never comes to its answer is cut off", async () => {
  await using both = await openBoth();
  const { service, webPush } = both;
  const endless = [
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/1.1 200 OK\r\n".padEnd(100_000, "X-Filler: x\r\n"),
    "nonsense",
  ];
  for (const text of endless) {
    const server = babble(text, service);
    const { keys } = await service.subscribe();
    const endpoint = `https://push.test:${server.port}/push`;
    expect([text.slice(0, 20), await sendOne(webPush, { endpoint, keys })]).toEqual([
      text.slice(0, 20),
      { status: "later", detail: expect.stringMatching(/^push\.test:\d+ /) },
    ]);
    server.stop(true);
  }
});

test("a text that is too long for a push is shortened between two characters", async () => {
  await using both = await openBoth();
  const { service, webPush } = both;
  const device = await service.subscribe();
  // A character of 11 UTF-16 units and 25 bytes; one of one unit that is six bytes of JSON; one of one byte.
  for (const character of ["👨‍👩‍👧‍👦", "\u0007", "x"]) {
    const content = { ...message, body: character.repeat(5000), read_chat_ids: Array(50).fill(2 ** 53 - 1) };
    expect(await sendOne(webPush, device, { content })).toEqual({ status: "accepted" });
    const { content: got, text, bytes } = await device.next();
    if (got.type !== "message") throw new Error("another content");
    const characters = Math.floor((got.body.length - 1) / character.length);
    expect(got).toEqual({ ...content, body: `${character.repeat(characters)}…` });
    expect(bytes).toBeLessThanOrEqual(4096);
    const oneMore = Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(character)) - 2;
    expect(oneMore).toBeGreaterThan(mostPlainBytes);
  }
  expect(service.refusals).toEqual([]);
});

test("a subscription without keys that can be encrypted for is over", async () => {
  await using both = await openBoth();
  const { endpoint, keys } = await both.service.subscribe();
  for (const bad of [null, { ...keys, p256dh: Buffer.alloc(65, 4).toString("base64url") }]) {
    expect(await sendOne(both.webPush, { endpoint, keys: bad })).toMatchObject({ status: "gone" });
  }
  expect(both.service.requests).toBe(0);
});

test("outcomes stand in the order of the pushes, whichever is answered first", async () => {
  await using both = await openBoth();
  const { service, webPush } = both;
  const [slow, over, good] = [
    await service.subscribe(),
    await service.subscribe(),
    await service.subscribe(),
  ];
  const other = good.next();
  slow.answer(async () => {
    await other;
    return new Response(null, { status: 500 });
  });
  over.answer(410);
  const outcomes = await webPush.send([slow, over, good].map((one) => pushTo(one)));
  expect(outcomes.map((one) => one.status)).toEqual(["later", "gone", "accepted"]);
});

test("pushes one after another use one connection, also where answers have a body", async () => {
  await using both = await openBoth();
  const device = await both.service.subscribe();
  for (const answer of [201, from(200)]) {
    device.answer(answer);
    for (let i = 0; i < 20; i++) await sendOne(both.webPush, device);
  }
  expect(device.received).toHaveLength(40);
  expect(both.service.connections.size).toBe(1);
});

test("an endpoint of UnifiedPush with a query, answered 200 as ntfy does, is no other", async () => {
  await using both = await openBoth();
  const { service, webPush } = both;
  const device = await service.subscribe();
  device.answer(from(200));
  const endpoint = `${device.endpoint}?up=1`;
  expect(await sendOne(webPush, { endpoint, keys: device.keys })).toEqual({ status: "accepted" });
  expect((await device.next()).content).toEqual(testPush);
});
