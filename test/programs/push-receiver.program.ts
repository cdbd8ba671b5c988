/** The executable pushes to a push service that others have written, the npm package web-push-testing. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { npmTools } from "../clients/support.ts";
import { Home } from "../support/executable.ts";
import type { Person } from "../support/person.ts";
import { PushService } from "../support/push-service.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(120_000);

/** It speaks HTTP on a port that it has to be told; TLS is put in front of it. */
class Receiver implements AsyncDisposable {
  private constructor(
    private readonly url: string,
    private readonly child: Bun.Subprocess,
    private readonly front: Bun.Server<undefined>,
    private readonly host: string,
  ) {}

  static async start({ certificate: cert, key, host }: PushService): Promise<Receiver> {
    const directory = await npmTools("web-push-testing@1.2.2");
    const port = freePort();
    const program = join(directory, "node_modules/web-push-testing/src/bin/server.js");
    const child = Bun.spawn(["node", program, `${port}`], { stdout: "ignore" });
    const url = `http://localhost:${port}`;
    const tls = { cert, key };
    const fetch = async (request: Request) => passOn(request, url);
    const front = Bun.serve({ hostname: "127.0.0.1", port: 0, tls, fetch });
    const receiver = new Receiver(url, child, front, host);
    await until(() => receiver.#isUp(), 30_000);
    return receiver;
  }

  async #isUp(): Promise<boolean> {
    const answer = await fetch(`${this.url}/status`, { method: "POST" }).catch(() => undefined);
    return answer?.ok === true;
  }

  /** A browser that takes pushes from the server with this key only. */
  async subscribe(applicationServerKey: string) {
    const options = { userVisibleOnly: "true", applicationServerKey };
    const { endpoint, keys, clientHash } = await this.#ask("subscribe", options);
    const { pathname } = new URL(endpoint);
    return {
      clientHash: clientHash as string,
      endpoint: `https://${this.host}:${this.front.port}${pathname}`,
      keys: { p256dh: base64url(keys.p256dh), auth: base64url(keys.auth) },
    };
  }

  /** What has come for a browser, decrypted. */
  async messages(clientHash: string): Promise<any[]> {
    const { messages } = await this.#ask("get-notifications", { clientHash });
    return messages.map((one: string) => JSON.parse(one));
  }

  async expire(clientHash: string): Promise<void> {
    await fetch(`${this.url}/expire-subscription/${clientHash}`, { method: "POST" });
  }

  async #ask(path: string, body: object): Promise<any> {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${this.url}/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const { data, error } = (await answer.json()) as any;
    if (error) throw new Error(error.message);
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.front.stop(true);
    this.child.kill();
    await this.child.exited;
  }
}

function freePort(): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  return port!;
}

async function passOn(request: Request, url: string): Promise<Response> {
  const { pathname } = new URL(request.url);
  return fetch(url + pathname, { method: "POST", headers: request.headers, body: await request.bytes() });
}

/** It gives them in base64. */
function base64url(given: string): string {
  return Buffer.from(given, "base64").toString("base64url");
}

const outcomes = async (person: Person) =>
  (await person.post("/api/notifications/test")).body.devices.map((one: any) => one.outcome);

test("a message arrives, only from this server, until the subscription is over", async () => {
  await using certified = await PushService.start();
  await using receiver = await Receiver.start(certified);
  await using home = new Home();
  const settings = {
    PUSH_ALLOWED_HOSTS: certified.host,
    PUSH_CONTACT: "mailto:admin@example.org",
    NODE_EXTRA_CA_CERTS: certified.certificateFile,
  };
  const server = await home.start({ settings });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const { key } = (await bob.get("/api/notifications/web-push-key")).body;
  const { clientHash, ...subscription } = await receiver.subscribe(key);
  expect((await bob.post("/api/notifications/web-push-subscriptions", subscription)).status).toBe(200);

  const chat_id = await alice.directWith(bob);
  const { id: message_id } = await alice.say(chat_id, "hello 👋");
  await until(async () => (await receiver.messages(clientHash)).length > 0);
  const told = { type: "message", title: "alice", body: "hello 👋", chat_id, message_id };
  expect(await receiver.messages(clientHash)).toMatchObject([told]);

  await receiver.expire(clientHash);
  expect(await outcomes(bob)).toEqual(["gone"]);
  expect(await outcomes(bob)).toEqual([]);
  // One that belongs to another server.
  const { clientHash: other, ...foreign } = await receiver.subscribe(subscription.keys.p256dh);
  await bob.post("/api/notifications/web-push-subscriptions", foreign);
  expect(await outcomes(bob)).toEqual(["refused"]);
  expect(await receiver.messages(other)).toEqual([]);
});
