/** What the server pushes is opened by libraries in Python, and what these encrypt is opened by the tests' own device. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import type { DeviceKeys } from "../../src/platform/push/push.ts";
import { pythonTools } from "../clients/support.ts";
import { Google } from "../support/google.ts";
import type { Person } from "../support/person.ts";
import { DeviceKeyRing } from "../support/push-device.ts";
import { PushService } from "../support/push-service.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(120_000);

const contact = "mailto:admin@example.org";
const text = `What a day! ☀️ ${"And what a long text. ".repeat(40)}`;

let tools: string;
let google: Google;
let browsers: PushService;
let server: TestServer;

beforeAll(async () => {
  tools = await pythonTools("http-ece==1.2.1", "py-vapid==1.9.6", "cryptography==50.0.2");
  google = await Google.start();
  browsers = await PushService.start();
  server = await TestServer.start({
    config: {
      firebaseCredentialsJson: JSON.stringify(google.credentials),
      pushAllowedHosts: [browsers.host],
      pushContact: contact,
    },
    pushNetwork: { ca: browsers.certificate, fcm: google.endpoint },
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await browsers[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

/** A device whose private key only Python uses. */
type PythonDevice = DeviceKeys & { private: string };

async function python<T>(command: string, given: object): Promise<T> {
  const child = Bun.spawn(["python3", join(import.meta.dir, "push/device.py"), command], {
    env: { ...process.env, PYTHONPATH: tools },
    stdin: Buffer.from(JSON.stringify(given)),
    stderr: "pipe",
  });
  const [out, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(errors);
  return JSON.parse(out) as T;
}

/** An endpoint that takes one push, without looking into it. */
function endpoint() {
  const { promise, resolve } = Promise.withResolvers<{ headers: Headers; body: string }>();
  const taking = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: browsers.certificate, key: browsers.key },
    async fetch(request) {
      resolve({ headers: request.headers, body: Buffer.from(await request.bytes()).toString("base64url") });
      return new Response(null, { status: 201 });
    },
  });
  const origin = `https://${browsers.host}:${taking.port}`;
  return { origin, taken: promise, [Symbol.asyncDispose]: () => taking.stop(true) };
}

async function write(alice: Person, bob: Person) {
  const chat_id = await alice.directWith(bob);
  const { id: message_id } = await alice.say(chat_id, text);
  const message = { type: "message", chat_id, message_id, title: alice.username, unread_messages: 1 };
  return { ...message, body: expect.stringMatching(/^What a day! ☀️ And what/) };
}

test("http_ece opens what a browser is pushed, and py_vapid takes the server's token", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const device = await python<PythonDevice>("keys", {});
  const { p256dh, auth } = device;
  await using there = endpoint();
  const subscription = { endpoint: `${there.origin}/bob`, keys: { p256dh, auth } };
  expect((await bob.post("/api/notifications/web-push-subscriptions", subscription)).status).toBe(200);
  const expected = await write(alice, bob);

  const { headers, body } = await there.taken;
  expect(JSON.parse(await python("decrypt", { ...device, body }))).toMatchObject(expected);
  const other = await python<PythonDevice>("keys", {});
  await expect(python("decrypt", { ...other, body })).rejects.toThrow("Decryption error");

  const authorization = headers.get("Authorization") ?? "";
  const { key } = (await bob.get("/api/notifications/web-push-key")).body;
  expect(authorization).toEndWith(`k=${key}`);
  expect(await python<object>("claims", { authorization })).toMatchObject({
    aud: there.origin,
    sub: contact,
  });
  const forged = authorization.replace(key, other.p256dh);
  await expect(python("claims", { authorization: forged })).rejects.toThrow(
    "the signature is not of this key",
  );
});

test("http_ece opens what a phone with keys is pushed by FCM", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const device = await python<PythonDevice>("keys", {});
  const { p256dh, auth } = device;
  const phone = { token: "a-phone-with-keys", platform: "android", keys: { p256dh, auth } };
  expect((await bob.post("/api/auth/device-token", phone)).status).toBe(200);
  const expected = await write(alice, bob);

  const message = await google.next(phone.token);
  expect(JSON.stringify(message)).not.toContain("What a day");
  expect(Object.keys(message.data ?? {})).toEqual(["encrypted"]);
  const opened = await python<string>("decrypt", { ...device, body: message.data?.encrypted });
  expect(JSON.parse(opened)).toMatchObject(expected);
});

test("what http_ece encrypts is opened by the device that other tests use", async () => {
  const ring = await DeviceKeyRing.make();
  for (const given of ["a", text]) {
    const body = await python<string>("encrypt", { text: given, ...ring.keys });
    const opened = await ring.decrypt(new Uint8Array(Buffer.from(body, "base64url")));
    expect(Buffer.from(opened).toString()).toBe(given);
  }
});
