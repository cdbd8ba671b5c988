import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { jwtVerify } from "jose";

import { type Answer, fcmAnswers } from "./google-answers.ts";

/** A self-signed certificate for a hundred years, with the names of Google's hosts and of this machine. */
const tls = join(import.meta.dir, "../fixtures/tls");
const certificate = readFileSync(join(tls, "google.pem"), "utf8");
const key = readFileSync(join(tls, "google.key"), "utf8");
const projectId = "parley-test";
const clientEmail = "push@parley-test.iam.gserviceaccount.com";

/** A message as FCM gets it, in the words of its HTTP API. */
export interface Received {
  token: string;
  data?: Record<string, string>;
  android?: Record<string, unknown>;
  apns?: { headers: Record<string, string>; payload: { aps: Record<string, unknown> } };
  webpush?: Record<string, unknown>;
}

export interface GoogleOptions {
  now?: () => number;
  hostname?: string;
  port?: number;
  /** Where the credentials say that access tokens are, if not here. */
  tokenUri?: string;
}

/** Stands in for oauth2.googleapis.com and fcm.googleapis.com: TLS, HTTP/1.1 and HTTP/2 on one port of this machine. */
export class Google {
  /** Messages by their token, in the order in which they came, also those that were answered with an error. */
  readonly received = new Map<string, Received[]>();
  /** Tokens of messages that FCM was only to check (`validate_only`). */
  readonly checked: string[] = [];
  /** How many access tokens were asked for. */
  tokenRequests = 0;
  /** What is answered about tokens of which `answer` says nothing. */
  otherwise: Answer = fcmAnswers.accepted;
  /** What is answered at `/token`, if not an access token. */
  tokenAnswer: Answer | undefined;
  /** Access tokens are handed out no sooner. */
  tokensFrom: Promise<void> | undefined;
  /** Requests under way. */
  underWay = 0;
  /** The file that the Firebase console hands out, as an object. */
  readonly credentials: Record<string, string>;

  readonly #publicKey: KeyObject;
  readonly #server: Bun.Server<undefined>;
  readonly #now: () => number;
  readonly #answers = new Map<string, Answer[]>();
  readonly #taken = new Map<string, number>();
  readonly #accessTokens = new Set<string>();
  #changed = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();

  static async start(options: GoogleOptions = {}): Promise<Google> {
    return new Google(options);
  }

  private constructor({ now = Date.now, hostname = "127.0.0.1", port = 0, tokenUri }: GoogleOptions) {
    this.#now = now;
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.#publicKey = publicKey;
    this.#server = Bun.serve({
      hostname,
      port,
      idleTimeout: 0,
      http2: true,
      tls: { key, cert: certificate },
      fetch: (request) => this.#serve(request),
    });
    this.credentials = {
      type: "service_account",
      project_id: projectId,
      private_key_id: randomUUID(),
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      client_email: clientEmail,
      token_uri: tokenUri ?? `${this.origin}/token`,
    };
  }

  get origin(): string {
    return `https://${this.#server.hostname}:${this.#server.port}`;
  }

  /** What FCM is sent to instead of to Google. */
  get endpoint(): { url: string; ca: string } {
    return { url: this.origin, ca: certificate };
  }

  /** The next messages to a device are answered so, one after another; those after them as `otherwise`. */
  answer(token: string, ...answers: Answer[]): void {
    this.#answers.set(token, [...(this.#answers.get(token) ?? []), ...answers]);
  }

  /** The next message to a device that was not asked for before. */
  async next(token: string): Promise<Received> {
    const at = this.#taken.get(token) ?? 0;
    this.#taken.set(token, at + 1);
    for (;;) {
      const message = this.received.get(token)?.[at];
      if (message) return message;
      await this.#changed.promise;
    }
  }

  /** Access tokens that were handed out are not taken any more. */
  revoke(): void {
    this.#accessTokens.clear();
  }

  /** Connections are cut off. */
  async stop(): Promise<void> {
    this.#stopped.resolve();
    await this.#server.stop(true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serve(request: Request): Promise<Response> {
    this.underWay += 1;
    try {
      const { pathname } = new URL(request.url);
      const body = await request.text();
      if (pathname === "/token") return await this.#handOut(new URLSearchParams(body));
      if (pathname === `/v1/projects/${projectId}/messages:send`) return await this.#take(request, body);
      return new Response("not found", { status: 404 });
    } finally {
      this.underWay -= 1;
    }
  }

  async #handOut(form: URLSearchParams): Promise<Response> {
    this.tokenRequests += 1;
    await this.tokensFrom;
    const response = await this.#tokenResponse(form);
    response.headers.set("date", new Date(this.#now()).toUTCString());
    return response;
  }

  async #tokenResponse(form: URLSearchParams): Promise<Response> {
    if (this.tokenAnswer) return this.#give(this.tokenAnswer);
    if (!(await this.#isGranted(form))) {
      const error_description = "Invalid JWT Signature.";
      return Response.json({ error: "invalid_grant", error_description }, { status: 400 });
    }
    const access_token = randomUUID();
    this.#accessTokens.add(access_token);
    return Response.json({ access_token, expires_in: 3599, token_type: "Bearer" });
  }

  /** By the rules for service accounts (RFC 7523, 3). */
  async #isGranted(form: URLSearchParams): Promise<boolean> {
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") return false;
    try {
      const { payload } = await jwtVerify(form.get("assertion") ?? "", this.#publicKey, {
        algorithms: ["RS256"],
        issuer: clientEmail,
        audience: this.credentials.token_uri ?? "",
        currentDate: new Date(this.#now()),
        clockTolerance: 600,
        maxTokenAge: 3600,
        requiredClaims: ["exp"],
      });
      return payload.scope === "https://www.googleapis.com/auth/firebase.messaging";
    } catch {
      return false;
    }
  }

  async #take(request: Request, body: string): Promise<Response> {
    const [, bearer = ""] = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    if (!this.#accessTokens.has(bearer)) return fcmAnswers.unauthenticated();
    const { message, validate_only }: { message: Received; validate_only?: boolean } = JSON.parse(body);
    if (validate_only) {
      this.checked.push(message.token);
      return this.#give(this.otherwise);
    }
    this.received.set(message.token, [...(this.received.get(message.token) ?? []), message]);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    return this.#give(this.#answers.get(message.token)?.shift() ?? this.otherwise);
  }

  async #give(answer: Answer): Promise<Response> {
    if (answer !== "never") return answer();
    await this.#stopped.promise;
    return new Response(null, { status: 503 });
  }
}
