import { expect, setDefaultTimeout, test } from "bun:test";
import { rootCertificates } from "node:tls";

import { loadCredentials, type ServiceAccount } from "../../src/platform/push/fcm/credentials.ts";
import { type FcmOptions, openFcm } from "../../src/platform/push/fcm/fcm.ts";
import { type Content, type Outcome, type Push, PushUnavailable } from "../../src/platform/push/push.ts";
import { ManualClock } from "../support/clock.ts";
import { type Answer, fcmAnswers, oddAnswers } from "../support/google-answers.ts";
import { Google } from "../support/google.ts";
import { until } from "../support/until.ts";

// The first send loads firebase-admin.
setDefaultTimeout(15_000);

const content: Content = {
  type: "message",
  title: "Ada",
  body: "Hello",
  chat_id: 7,
  unread_messages: 3,
  read_chat_ids: [],
};

function pushTo(address: string, more: Partial<Push> = {}): Push {
  return {
    target: { address, platform: "android", keys: null },
    content,
    topic: "chat-7",
    ttlSeconds: 3600,
    ...more,
  };
}

function accountOf(google: Google, more: Record<string, string> = {}): ServiceAccount {
  const account = loadCredentials({ path: "", json: JSON.stringify({ ...google.credentials, ...more }) });
  if (!account) throw new Error("no account");
  return account;
}

/** FCM as the server has it, but that Google is on this machine, and a clock that stands. */
async function setUp(more: Partial<FcmOptions> = {}) {
  const clock = new ManualClock();
  const google = await Google.start({ now: () => clock.now() });
  const fcm = openFcm({
    account: accountOf(google),
    clock,
    endpoint: google.endpoint,
    encryptFor: (_keys, plain) => Buffer.from(plain).reverse(),
    ...more,
  });
  const sendTo = (...addresses: string[]) => fcm.send(addresses.map((one) => pushTo(one)));
  return { clock, google, fcm, sendTo, [Symbol.asyncDispose]: () => google.stop() };
}

/** The sentence for the operator. */
async function unavailability(sent: Promise<unknown>): Promise<string> {
  const error: unknown = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PushUnavailable);
  return (error as Error).message;
}

test("a push arrives, with an access token that Google has given for the operator's key", async () => {
  await using it = await setUp();
  expect(await it.sendTo("phone", "tablet")).toEqual([{ status: "accepted" }, { status: "accepted" }]);
  expect(it.google.received.size).toBe(2);
  expect(await it.google.next("phone")).toEqual({
    token: "phone",
    data: {
      type: "message",
      title: "Ada",
      body: "Hello",
      chat_id: "7",
      unread_messages: "3",
      read_chat_ids: "[]",
    },
    android: {
      priority: "high",
      ttl: "3600s",
      collapse_key: "chat-7",
      notification: { tag: "chat-7", title: "Ada", body: "Hello" },
    },
  });
});

const outcomes: [string, Answer, Outcome["status"], RegExp][] = [
  ["the app was removed", fcmAnswers.unregistered, "gone", /app was removed/],
  ["the token is none", fcmAnswers.noToken, "gone", /token is none/],
  [
    "the message is faulty",
    fcmAnswers.invalidArgument,
    "refused",
    /^FCM takes .* faulty: message\.android\.ttl\.$/,
  ],
  ["another project's token", fcmAnswers.senderIdMismatch, "refused", /another Firebase project/],
  ["no APNs key in the project", fcmAnswers.noApnsKey, "refused", /Apple.*Firebase console/],
  ["too many", fcmAnswers.quota, "later", /limit/],
  ["an error of Google's", fcmAnswers.internal, "later", /500/],
  ["out of service", fcmAnswers.unavailable, "later", /503/],
  ["somebody else's page", oddAnswers.page, "later", /something else/],
  ["an endless body", oddAnswers.endless, "later", /no answer/],
  ["a redirect", () => Response.redirect("https://127.0.0.1:1/elsewhere"), "later", /302/],
  ["not signed in, for one of several", fcmAnswers.unauthenticated, "later", /401/],
];

test.each(outcomes)("%s", async (_case, answer, status, detail) => {
  await using it = await setUp();
  it.google.answer("phone", answer);
  const [outcome, other] = await it.sendTo("phone", "tablet");
  expect(outcome?.status).toBe(status);
  expect(outcome).toHaveProperty("detail", expect.stringMatching(detail));
  expect(JSON.stringify(outcome)).not.toMatch(/phone|secret|Hello/);
  expect(other).toEqual({ status: "accepted" });
  expect(it.google.received.get("phone")).toHaveLength(1);
});

test("the time that FCM names is passed on, up to an hour, and a minute where it names none", async () => {
  await using it = await setUp();
  const date = (milliseconds: number) => new Date(it.clock.now() + milliseconds).toUTCString();
  const named: [header: string | undefined, milliseconds: number][] = [
    ["120", 120_000],
    [date(30_000), 30_000],
    ["10800", 3600_000],
    ["99999999999999999999", 3600_000],
    [date(86_400_000), 3600_000],
    [date(-30_000), 0],
    ["0", 0],
    ["-5", 60_000],
    ["soon", 60_000],
    [undefined, 60_000],
  ];
  for (const [header] of named) {
    const headers = header === undefined ? {} : { "retry-after": header };
    it.google.answer(String(header), () => new Response("{}", { status: 429, headers }));
  }
  const outcomes = await it.sendTo(...named.map(([header]) => String(header)));
  const waits = outcomes.map((one) => "retryAfterMilliseconds" in one && one.retryAfterMilliseconds);
  expect(waits).toEqual(named.map(([, milliseconds]) => milliseconds));
});

test("who gets no answer within 20 seconds is tried later, and those who got theirs are not", async () => {
  await using it = await setUp();
  it.google.answer("slow", "never");
  const sent = it.sendTo("slow", "quick");
  await it.google.next("slow");
  await it.google.next("quick");
  await until(() => it.google.underWay === 1);
  it.clock.turn(20_000);
  expect(await sent).toMatchObject([{ status: "later" }, { status: "accepted" }]);
});

test("who gets no answer because the connection is lost is tried later", async () => {
  await using it = await setUp();
  it.google.answer("slow", "never");
  const sent = it.sendTo("slow");
  await it.google.next("slow");
  await it.google.stop();
  expect(await sent).toMatchObject([{ status: "later" }]);
});

test("a server that takes the connection and is silent is given up after 20 seconds", async () => {
  let connections = 0;
  using silent = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => void (connections += 1), data() {} },
  });
  await using it = await setUp();
  const fcm = openFcm({
    account: accountOf(it.google),
    clock: it.clock,
    encryptFor: () => Buffer.alloc(0),
    endpoint: { ...it.google.endpoint, url: `https://127.0.0.1:${silent.port}` },
  });
  const sent = unavailability(fcm.send([pushTo("phone")]));
  await until(() => connections === 1);
  it.clock.turn(20_000);
  expect(await sent).toContain("cannot be reached");
});

test("closing ends what is under way", async () => {
  await using it = await setUp();
  it.google.answer("slow", "never");
  const sent = it.sendTo("slow");
  await it.google.next("slow");
  it.fcm.close();
  expect(await sent).toMatchObject([{ status: "later" }]);
});

test("as many as go at once arrive without a warning, in their order", async () => {
  await using it = await setUp();
  const warnings: string[] = [];
  const listen = (warning: Error) => {
    warnings.push(warning.name);
  };
  process.on("warning", listen);
  const addresses = Array.from({ length: it.fcm.atOnce }, (_, i) => `phone-${i}`);
  it.google.answer("phone-17", fcmAnswers.unregistered);
  const sent = await it.sendTo(...addresses);
  process.off("warning", listen);
  expect(sent.flatMap(({ status }, i) => (status === "accepted" ? [] : [i]))).toEqual([17]);
  expect(warnings).toEqual([]);
});

test("a browser is told nothing that it would not show", async () => {
  await using it = await setUp();
  const read = { type: "read", chat_id: 7, unread_messages: 0 } as const;
  const target = { address: "browser", platform: "web", keys: null } as const;
  expect(await it.fcm.send([pushTo("browser", { target, content: read })])).toEqual([{ status: "accepted" }]);
  expect(it.google.received.size).toBe(0);
  expect(it.google.tokenRequests).toBe(0);
});

test("a device whose keys do not work keeps nobody else from theirs", async () => {
  await using it = await setUp({
    encryptFor: () => {
      throw new Error("Invalid EC key");
    },
  });
  const target = { address: "odd", platform: "android", keys: { p256dh: "", auth: "" } } as const;
  const sent = await it.fcm.send([pushTo("odd", { target }), pushTo("phone")]);
  expect(sent).toMatchObject([{ status: "refused" }, { status: "accepted" }]);
});

test("what firebase-admin itself does not take is refused, and nothing else", async () => {
  await using it = await setUp();
  expect(await it.sendTo("")).toMatchObject([{ status: "refused" }]);
  expect(await it.sendTo("", "phone")).toMatchObject([{ status: "refused" }, { status: "accepted" }]);
});

// Access tokens

test("one access token does for all until a minute before it expires", async () => {
  await using it = await setUp();
  await Promise.all([it.sendTo("a"), it.sendTo("b")]);
  it.clock.turn(3_538_000);
  await it.sendTo("c");
  expect(it.google.tokenRequests).toBe(1);
  it.clock.turn(1000);
  await it.sendTo("d");
  expect(it.google.tokenRequests).toBe(2);
});

test("once it is ready, nothing but FCM itself is waited for", async () => {
  await using it = await setUp();
  await it.fcm.ready();
  it.google.tokenAnswer = "never";
  expect(await it.sendTo("phone")).toEqual([{ status: "accepted" }]);
  it.clock.turn(3_600_000);
  it.google.tokenAnswer = () => new Response("", { status: 503 });
  expect(await unavailability(it.fcm.ready())).toMatch(/503/);
});

test("after an access token that FCM does not take, another one is fetched", async () => {
  await using it = await setUp();
  await it.sendTo("phone");
  it.google.revoke();
  expect(await unavailability(it.sendTo("phone"))).toContain("access token");
  expect(await it.sendTo("phone")).toEqual([{ status: "accepted" }]);
});

test.each([
  ["the key was revoked", () => Response.json({ error: "invalid_grant" }, { status: 400 }), /revoked.*clock/],
  [
    "the account is unknown",
    () => Response.json({ error: "invalid_client" }, { status: 401 }),
    /refuses.*401/,
  ],
  ["out of service", () => new Response("", { status: 503 }), /503/],
  ["a redirect", () => Response.redirect("https://127.0.0.1:1/token", 307), /307/],
  ["somebody else's page", oddAnswers.page, /no access token/],
  ["an endless body", oddAnswers.endless, /too long/],
])("without an access token nothing is sent: %s", async (_case, answer, sentence) => {
  await using it = await setUp();
  it.google.tokenAnswer = answer;
  expect(await unavailability(it.sendTo("phone"))).toMatch(sentence);
  expect(it.google.received.size).toBe(0);
});

test("a key that is not the account's is refused", async () => {
  await using other = await Google.start();
  await using it = await setUp();
  const fcm = openFcm({
    account: { ...accountOf(it.google), privateKey: accountOf(other).privateKey },
    clock: it.clock,
    endpoint: it.google.endpoint,
    encryptFor: () => Buffer.alloc(0),
  });
  expect(await unavailability(fcm.send([pushTo("phone")]))).toContain("revoked");
});

test("a wrong clock is named", async () => {
  const clock = new ManualClock();
  await using google = await Google.start({ now: () => clock.now() - 2 * 3_600_000 });
  const fcm = openFcm({
    account: accountOf(google),
    clock,
    endpoint: google.endpoint,
    encryptFor: () => Buffer.alloc(0),
  });
  expect(await unavailability(fcm.send([pushTo("phone")]))).toContain("clock is 120 minutes fast");
});

test("no access token within 8 seconds is none", async () => {
  await using it = await setUp();
  it.google.tokenAnswer = "never";
  const sent = unavailability(it.sendTo("phone"));
  await until(() => it.google.tokenRequests === 1);
  it.clock.turn(8000);
  expect(await sent).toContain("8 seconds");
});

// The connection

test.each([
  ["does not take the access token", fcmAnswers.unauthenticated, /access token/],
  ["has its API off", fcmAnswers.apiIsOff, /API is off/],
  ["does not know the project", fcmAnswers.noProject, /project is gone/],
])("FCM %s: no device is forgotten for that", async (_case, answer, sentence) => {
  await using it = await setUp();
  it.google.otherwise = answer;
  expect(await unavailability(it.sendTo("phone", "tablet"))).toMatch(sentence);
});

test("a server whose certificate is another's, or by nobody who is trusted, is told nothing", async () => {
  await using it = await setUp();
  await using other = await Google.start({ hostname: "127.0.0.2" });
  const sentTo = (url: string, ca: string) => {
    const account = accountOf(it.google);
    const fcm = openFcm({
      account,
      clock: it.clock,
      encryptFor: () => Buffer.alloc(0),
      endpoint: { url, ca },
    });
    return unavailability(fcm.send([pushTo("phone")]));
  };
  const { url, ca } = it.google.endpoint;
  expect(await sentTo(other.origin, ca)).toContain("cannot be reached (ERR_TLS_CERT_ALTNAME_INVALID)");
  expect(await sentTo(url, rootCertificates[0] ?? "")).toContain(
    "cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)",
  );
  expect(it.google.received.size).toBe(0);
});

test("where nobody listens, it says so", async () => {
  await using it = await setUp();
  await it.sendTo("phone");
  await it.google.stop();
  expect(await unavailability(it.sendTo("phone"))).toMatch(
    /^fcm\.googleapis\.com cannot be reached \(ECONNREFUSED\)\.$/,
  );
});
