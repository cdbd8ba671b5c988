import type { Server } from "bun";
import { Hono } from "hono";
import { cors } from "hono/cors";

import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import { ChatError } from "../core/errors.ts";
import { type Auth, Download, type Endpoint, type Form, type Origin } from "../core/feature.ts";
import type { Log } from "../core/log.ts";
import { toRefusal } from "../core/refusal.ts";
import type { TokenBuckets } from "../core/token-bucket.ts";
import { validate } from "../core/validate.ts";
import { budgetKey, clientAddress, proxyList } from "./address.ts";
import { readJsonBody } from "./body.ts";
import { sendFile } from "./download.ts";
import { problem } from "./errors.ts";
import { readForm } from "./multipart.ts";

export interface HttpDeps {
  endpoints: readonly Endpoint[];
  log: Log;
  clock: Clock;
  authenticate(token: string): Promise<Actor>;
  /** Answers `/ws…`; undefined once the request has become a socket. */
  upgrade(
    request: Request,
    path: string,
    server: Server<unknown>,
    spend: (userId: number | undefined) => void,
  ): Promise<Response | undefined>;
  /** Calls per user, or per address for those who have not signed in; undefined without limits. */
  budget: TokenBuckets | undefined;
  corsOrigins: readonly string[];
  trustedProxies: readonly string[];
  maxBodyBytes: number;
  /** Of a form with its files. */
  maxFormBytes: number;
}

interface Variables {
  requestId: string;
  origin: Origin;
}

export type Handler = (request: Request, server: Server<unknown>) => Promise<Response | undefined>;

/** The REST door: every endpoint behind the same checks, in the same order. */
export function createHttp(deps: HttpDeps): Handler {
  const app = new Hono<{ Bindings: Variables }>({ strict: false });
  if (deps.corsOrigins.length > 0) app.use(cors({ origin: [...deps.corsOrigins], exposeHeaders: readable }));
  for (const endpoint of deps.endpoints) {
    const call = callOf(deps, endpoint);
    app.on(endpoint.method.toUpperCase(), routeOf(endpoint.path), (context) =>
      call(context.req.raw, context.req.param(), context.env),
    );
  }
  for (const [path, endpoints] of Map.groupBy(deps.endpoints, (one) => routeOf(one.path))) {
    app.all(path, (context) => {
      const methods = endpoints.flatMap((one) => (one.method === "get" ? ["get", "head"] : [one.method]));
      const allow = methods.join(", ").toUpperCase();
      const error = new ChatError("method_not_allowed", `This path knows ${allow}.`);
      const refusal = problem(error, context.env.requestId);
      refusal.headers.set("Allow", allow);
      return refusal;
    });
  }
  app.notFound((context) => problem(new ChatError("not_found"), context.env.requestId));
  // Answered here, so that refusals too get the headers that a page of another origin needs to read them.
  app.onError((error, context) => {
    const { requestId } = context.env;
    return refuse(deps.log, error, requestId);
  });

  const boot = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString("hex");
  let requests = 0;
  const trusted = proxyList(deps.trustedProxies);
  return async (request, server) => {
    const started = deps.clock.monotonic();
    const requestId = `${boot}-${++requests}`;
    let path = "";
    let response: Response | undefined;
    try {
      path = pathOf(request);
      const peer = server.requestIP(request)?.address ?? "";
      const origin: Origin = {
        address: budgetKey(clientAddress(peer, request.headers.get("x-forwarded-for"), trusted)),
        userAgent: request.headers.get("user-agent") ?? undefined,
        accept: request.headers.get("accept") ?? "",
      };
      response =
        path === "/ws" || path.startsWith("/ws/")
          ? await deps.upgrade(request, path, server, (user) => spend(deps, user ?? origin.address))
          : await app.fetch(asGet(request), { requestId, origin });
    } catch (error) {
      response = refuse(deps.log, error, requestId);
    }
    deps.log.info("request", {
      request_id: requestId,
      method: request.method,
      path: withoutToken(path),
      status: response?.status ?? 101,
      ms: Math.round((deps.clock.monotonic() - started) * 10) / 10,
    });
    response?.headers.set("X-Request-Id", requestId);
    return response;
  };
}

/** The path of a socket may hold a token, also where a proxy passes it on below another path. */
function withoutToken(path: string): string {
  return path.startsWith("/ws") ? "/ws" : path.replace(/eyJ[^/]*\.[^/]*/g, "…");
}

/** Errors: `bad_host`. Bun makes the URL from the Host header, whatever that is. */
function pathOf(request: Request): string {
  if (!URL.canParse(request.url)) throw new ChatError("bad_host");
  return new URL(request.url).pathname;
}

/** HEAD is answered as GET, and Bun leaves the body out: so Content-Length is the one of GET. */
function asGet(request: Request): Request {
  return request.method === "HEAD" ? new Request(request, { method: "GET" }) : request;
}

/** `/chats/{chat_id}` as Hono writes it. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

type Run = (request: Request, params: Record<string, string>, env: Variables) => Promise<Response>;

/** What a page of another origin may read besides what every answer has: whose call it was, and what of a file it got. */
const readable = [
  "X-Request-Id",
  "Retry-After",
  "ETag",
  "Content-Disposition",
  "Content-Range",
  "Accept-Ranges",
];

const noForm: Form = (async function* () {})();
const secretHeaders = { "Cache-Control": "no-store" };

/** Signing in, budget, validation, the verb, the answer. */
function callOf(deps: HttpDeps, endpoint: Endpoint): Run {
  return async (request, params, { origin, requestId }) => {
    const actor = await identify(deps, endpoint.auth, request.headers).catch((error: unknown) => {
      spend(deps, origin.address);
      throw error;
    });
    if (!endpoint.unlimited) spend(deps, actor ? actor.userId : origin.address);
    const answer = await endpoint.run({
      actor,
      origin,
      params: endpoint.params && validate(endpoint.params, params, "path"),
      query: endpoint.query && validate(endpoint.query, queryOf(request), "query"),
      body: endpoint.body && validate(endpoint.body, await readJsonBody(request, deps.maxBodyBytes)),
      form: endpoint.form ? readForm(request, deps.maxFormBytes) : noForm,
    });
    if (answer instanceof Response) return answer;
    if (answer instanceof Download) return sendFile(answer, request.headers, requestId);
    const init = { status: answer.status, headers: endpoint.secret ? secretHeaders : {} };
    return answer.body ? Response.json(answer.body, init) : new Response(null, init);
  };
}

/** Takes one call from the budget of a user or an address. Errors: `rate_limited`. */
function spend(deps: HttpDeps, key: number | string): void {
  const refused = deps.budget?.refusal(key);
  if (refused) throw refused;
}

/** Only the scheme Bearer counts (RFC 6750, 2.1). Errors: `unauthorized`. */
async function identify(deps: HttpDeps, auth: Auth, headers: Headers): Promise<Actor | undefined> {
  if (auth === "none") return undefined;
  const header = headers.get("authorization");
  if (header === null && auth === "optional") return undefined;
  const [, token] = /^bearer +([^\s,]+)$/i.exec(header ?? "") ?? [];
  if (token === undefined) throw new ChatError("unauthorized");
  return deps.authenticate(token);
}

function queryOf(request: Request): Record<string, string> {
  return Object.fromEntries(new URL(request.url).searchParams);
}

function refuse(log: Log, error: unknown, requestId: string): Response {
  return problem(toRefusal(error, log, "a request", { request_id: requestId }), requestId);
}
