/** A push service as browsers have one (RFC 8030), strict about what it is sent, on this machine and over TLS. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { importJWK, jwtVerify } from "jose";

import { type Clock, systemClock } from "../../src/core/clock.ts";
import type { Content, DeviceKeys } from "../../src/platform/push/push.ts";
import { DeviceKeyRing } from "./push-device.ts";

const certificateFile = join(import.meta.dir, "../fixtures/push/certificate.pem");
const keyFile = join(import.meta.dir, "../fixtures/push/key.pem");
const daySeconds = 24 * 3600;

export interface Received {
  content: Content;
  /** Its JSON. */
  text: string;
  ttlSeconds: number;
  urgency: string | null;
  topic: string | null;
  /** Of its encrypted body. */
  bytes: number;
  /** What the server says of itself. */
  vapid: { publicKey: string; aud: string; exp: number; sub: string | undefined };
}

/** What becomes of a push that is in order; it has reached the device if that is a success. */
export type Answer = number | ((request: Request) => Response | Promise<Response>);

export interface PushServiceOptions {
  /** What tokens expire by; the system's clock by default. */
  clock?: Clock;
  /** Where people reach it: a name of its certificate (push.test, anything.push.test), localhost by default. */
  host?: string;
}

export class PushService {
  /** In PUSH_ALLOWED_HOSTS of a server that is to reach it. */
  readonly host: string;
  readonly origin: string;
  /** In NODE_EXTRA_CA_CERTS of a process that is to trust it. */
  readonly certificateFile = certificateFile;
  readonly certificate = readFileSync(certificateFile, "utf8");
  readonly key = readFileSync(keyFile, "utf8");
  /** Why it did not take what it was sent. */
  readonly refusals: string[] = [];
  /** How many requests and connections there were, good or not. */
  requests = 0;
  readonly connections = new Set<number>();
  readonly #clock: Clock;
  readonly #server: Bun.Server<undefined>;
  readonly #subscriptions = new Map<string, Subscription>();
  #answer: Answer = 201;

  private constructor({ clock = systemClock, host = "localhost" }: PushServiceOptions) {
    this.#clock = clock;
    this.host = host;
    const tls = { cert: this.certificate, key: this.key };
    const fetch = (request: Request, server: Bun.Server<undefined>) => {
      this.requests += 1;
      this.connections.add(server.requestIP(request)?.port ?? 0);
      return this.#take(request);
    };
    this.#server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 60, tls, fetch });
    this.origin = `https://${host}:${this.#server.port}`;
  }

  static async start(options: PushServiceOptions = {}): Promise<PushService> {
    return new PushService(options);
  }

  /** A new device. With the server's key, only that server may push to it, as with those of browsers. */
  async subscribe(applicationServerKey?: string): Promise<Subscription> {
    const path = `/push/${crypto.randomUUID()}`;
    const ring = await DeviceKeyRing.make();
    const subscription = new Subscription(this.origin + path, ring, applicationServerKey);
    this.#subscriptions.set(path, subscription);
    return subscription;
  }

  /** What becomes of pushes from now on: 201 at first. A subscription may have an answer of its own. */
  answer(answer: Answer): void {
    this.#answer = answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #take(request: Request): Promise<Response> {
    const subscription = this.#subscriptions.get(new URL(request.url).pathname);
    if (!subscription) return new Response(null, { status: 404 });
    try {
      const received = await this.#read(request, subscription);
      const answer = subscription.ownAnswer ?? this.#answer;
      const response =
        typeof answer === "function" ? await answer(request) : new Response(null, { status: answer });
      if (response.ok) subscription.receive(received);
      return response;
    } catch (error) {
      const { status, message } = error instanceof Refusal ? error : new Refusal(400, String(error));
      this.refusals.push(message);
      return Response.json({ reason: message }, { status });
    }
  }

  async #read(request: Request, { ring, applicationServerKey }: Subscription): Promise<Received> {
    const { headers } = request;
    const ttl = headers.get("TTL") ?? "";
    const urgency = headers.get("Urgency");
    const topic = headers.get("Topic");
    requireThat(request.method === "POST", 405, "no POST");
    requireThat(/^\d+$/.test(ttl), 400, "no TTL");
    requireThat(
      urgency === null || ["very-low", "low", "normal", "high"].includes(urgency),
      400,
      "bad Urgency",
    );
    requireThat(topic === null || /^[\w-]{1,32}$/.test(topic), 400, "bad Topic");
    requireThat(headers.get("Content-Encoding") === "aes128gcm", 415, "not aes128gcm");
    const vapid = await this.#verify(headers.get("Authorization") ?? "");
    requireThat(
      !applicationServerKey || applicationServerKey === vapid.publicKey,
      403,
      "another server's key",
    );
    const body = new Uint8Array(await request.arrayBuffer());
    requireThat(body.length <= 4096, 413, "more than 4096 bytes");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await ring.decrypt(body));
    const content = JSON.parse(text) as Content;
    return { content, text, ttlSeconds: Number(ttl), urgency, topic, bytes: body.length, vapid };
  }

  /** RFC 8292, 2 to 4. */
  async #verify(authorization: string): Promise<Received["vapid"]> {
    const [, token, publicKey] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
    if (!token || !publicKey) throw new Refusal(401, "no VAPID token");
    const point = Buffer.from(publicKey, "base64url");
    const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
    const key = await importJWK({ kty: "EC", crv: "P-256", x, y }, "ES256");
    const now = this.#clock.now();
    const { payload } = await jwtVerify(token, key, {
      algorithms: ["ES256"],
      audience: this.origin,
      requiredClaims: ["exp"],
      currentDate: new Date(now),
    }).catch((error: unknown) => {
      throw new Refusal(403, `bad VAPID token: ${String(error)}`);
    });
    const { sub, exp = 0 } = payload;
    requireThat(exp <= now / 1000 + daySeconds, 403, "a VAPID token for more than a day");
    requireThat(sub === undefined || /^(mailto:|https:)/.test(sub), 403, "a contact that is none");
    return { publicKey, aud: this.origin, exp, sub };
  }
}

/** A device that pushes are sent to. */
export class Subscription {
  readonly endpoint: string;
  readonly keys: DeviceKeys;
  readonly ring: DeviceKeyRing;
  readonly applicationServerKey: string | undefined;
  /** What has come and was taken, decrypted. */
  readonly received: Received[] = [];
  ownAnswer: Answer | undefined;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(endpoint: string, ring: DeviceKeyRing, applicationServerKey: string | undefined) {
    this.endpoint = endpoint;
    this.ring = ring;
    this.keys = ring.keys;
    this.applicationServerKey = applicationServerKey;
  }

  /** What becomes of pushes to this device from now on. */
  answer(answer: Answer): void {
    this.ownAnswer = answer;
  }

  /** The first that comes, or has come, after those that were asked for before. */
  async next(): Promise<Received> {
    const index = this.#taken++;
    for (;;) {
      const received = this.received[index];
      if (received) return received;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  receive(received: Received): void {
    this.received.push(received);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function requireThat(isSo: boolean, status: number, otherwise: string): void {
  if (!isSo) throw new Refusal(status, otherwise);
}
