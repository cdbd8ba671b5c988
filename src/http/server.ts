import type { Server } from "bun";
import { Hono } from "hono";
import { cors } from "hono/cors";

import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import { BadToken, ChatError } from "../core/errors.ts";
import { Download, type Endpoint, type Form, type Origin, type Page } from "../core/feature.ts";
import type { JsonLimits } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import { toRefusal } from "../core/refusal.ts";
import type { TokenBuckets } from "../core/token-bucket.ts";
import { validate } from "../core/validate.ts";
import { budgetKey, clientAddress, isProxy, networkOf, proxyList } from "./address.ts";
import { readJsonBody } from "./body.ts";
import { setCookies, tokensIn } from "./cookies.ts";
import { sendFile } from "./download.ts";
import { problem } from "./errors.ts";
import { type Authenticators, identify } from "./identify.ts";
import { readForm } from "./multipart.ts";
import type { RequestLog } from "./request-log.ts";
import { BodyRoom, type RoomLimits } from "./room.ts";
import { schemeIn, type Site, siteOf } from "./site.ts";

export interface HttpDeps extends Authenticators {
  endpoints: readonly Endpoint[];
  log: Log;
  clock: Clock;
  /** Answers `/ws…`; undefined once the request has become a socket. */
  upgrade(
    request: Request,
    path: string,
    server: Server<unknown>,
    spend: (who: Actor | BadToken) => void,
  ): Promise<Response | undefined>;
  /**
   * Calls, and fetched files, per user. Of those who have not signed in each call has an address's budget of its own,
   * and so has what is refused for its token, if that may be made up: who uses up one of them keeps nobody else there
   * from signing in, or from learning that they have to. `other` is for what is no call at all, per address.
   */
  budgets: { calls: TokenBuckets; files: TokenBuckets; other: TokenBuckets } | undefined;
  /** The address that people use, or empty. */
  publicUrl: string;
  corsOrigins: readonly string[];
  trustedProxies: readonly string[];
  bodies: {
    /** Of a call with an access token, and of one without: what anybody may send takes little. */
    maxBytes: number;
    maxAnonymousBytes: number;
    json: JsonLimits;
    room: RoomLimits;
  };
  /** Of a form with its files. */
  maxFormBytes: number;
  requestLog: RequestLog;
}

interface Variables {
  requestId: string;
  origin: Origin;
  isHead: boolean;
  /** Some budget or other has it in its count. */
  isCounted: boolean;
  /** Worked out for those calls that ask. */
  site(): Site;
}

export type Handler = (request: Request, server: Server<unknown>) => Promise<Response | undefined>;

/** The REST door: every endpoint behind the same checks, in the same order. */
export function createHttp(deps: HttpDeps): Handler {
  const room = new BodyRoom(deps.bodies.room);
  const app = new Hono<{ Bindings: Variables }>({ strict: false });
  if (deps.corsOrigins.length > 0) {
    const origin = [...deps.corsOrigins];
    app.use(cors({ origin, exposeHeaders: readable, maxAge: preflightSeconds }));
  }
  for (const endpoint of deps.endpoints) {
    const call = callOf(deps, room, endpoint);
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
  const publicUrl = deps.publicUrl === "" ? undefined : new URL(deps.publicUrl);
  return async (request, server) => {
    const started = deps.clock.monotonic();
    const requestId = `${boot}-${++requests}`;
    const peer = server.requestIP(request)?.address ?? "";
    const forwarded = request.headers.get("x-forwarded-for");
    const address = budgetKey(clientAddress(peer, forwarded, trusted));
    const call: Variables = {
      requestId,
      origin: {
        address,
        network: networkOf(address),
        userAgent: request.headers.get("user-agent") ?? undefined,
        accept: request.headers.get("accept") ?? "",
      },
      isHead: request.method === "HEAD",
      isCounted: false,
      site() {
        const proto = isProxy(peer, trusted) ? request.headers.get("x-forwarded-proto") : null;
        return siteOf(request.headers, { publicUrl, forwarded: schemeIn(proto) });
      },
    };
    let path = "";
    let response: Response | undefined;
    try {
      path = pathOf(request);
      response =
        path === "/ws" || path.startsWith("/ws/")
          ? await deps.upgrade(request, path, server, (who) => {
              call.isCounted = true;
              spend(deps.budgets?.calls, who instanceof BadToken ? refusedOf(address, who) : who.userId);
            })
          : await app.fetch(asGet(request), call);
    } catch (error) {
      response = refuse(deps.log, error, requestId);
    }
    const tooMany = call.isCounted ? undefined : deps.budgets?.other.refusal(address);
    if (tooMany) response = problem(tooMany, requestId);
    deps.requestLog.write({
      requestId,
      address,
      method: request.method,
      path,
      status: response?.status ?? 101,
      milliseconds: deps.clock.monotonic() - started,
    });
    response?.headers.set("X-Request-Id", requestId);
    return response;
  };
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

/** How long a browser remembers what a page may ask; Chromium takes no more. */
const preflightSeconds = 7200;

const noForm: Form = (async function* () {})();
/** More than any body has that is right for a call which is not counted: a token of 200 characters. */
const maxRightBytes = 4096;
const secretHeaders = { "Cache-Control": "no-store" };

/** Signing in, budget, validation, the verb, the answer. */
function callOf(deps: HttpDeps, room: BodyRoom, endpoint: Endpoint): Run {
  const { maxBytes, maxAnonymousBytes, json } = deps.bodies;
  return async (request, params, context) => {
    const { origin, requestId, isHead, site } = context;
    const refusedKey = (error?: unknown) => refusedOf(origin.address, error);
    const refused = (error: unknown) => {
      spend(deps.budgets?.calls, refusedKey(error));
      throw error;
    };
    const read = (most: number) =>
      readCall(endpoint, request, params, {
        body: () => readJsonBody(request, { maxBytes: most, json }, room, origin.address),
        maxFormBytes: deps.maxFormBytes,
      });
    context.isCounted = true;
    const actor = await identify(deps, endpoint, request.headers, site).catch(refused);
    let input: Input;
    if (endpoint.countsItself) {
      // Where too much has been refused, no more than a right one has is read: a longer one is refused before it is
      // read, while all others there can still stay signed in.
      const isSpent = deps.budgets?.calls.isEmpty(refusedKey()) ?? false;
      input = await read(isSpent ? Math.min(maxRightBytes, maxAnonymousBytes) : maxAnonymousBytes).catch(
        refused,
      );
    } else {
      const budget = endpoint.embedded ? deps.budgets?.files : deps.budgets?.calls;
      spend(budget, actor ? actor.userId : `${endpoint.name} ${origin.address}`);
      input = await read(actor ? maxBytes : maxAnonymousBytes);
    }
    const answer = await endpoint.run({
      actor,
      origin,
      ...input,
      wantsHead: isHead,
      // Made only where a verb waits.
      get gone() {
        return request.signal;
      },
      get page(): Page {
        const here = site();
        return { isOwn: here.isOwn, ...tokensIn(request.headers, here) };
      },
    });
    if (answer instanceof Response) return answer;
    if (answer instanceof Download) {
      const isShared = deps.corsOrigins.length > 0;
      return sendFile(answer, { headers: request.headers, isHead, isShared }, requestId);
    }
    const init = { status: answer.status, headers: endpoint.secret ? secretHeaders : {} };
    const response = answer.body ? Response.json(answer.body, init) : new Response(null, init);
    if (answer.keep !== undefined) setCookies(response.headers, answer.keep, site());
    return response;
  };
}

/**
 * What is refused before anybody is known to ask. For a session that is over it is counted apart from all else at its
 * address: whatever others there show, its owner learns that it is.
 */
function refusedOf(address: string, error?: unknown): string {
  const session = error instanceof BadToken ? error.sessionId : undefined;
  return `refused ${session ?? ""} ${address}`;
}

/** Takes one from a budget. Errors: `rate_limited`. */
function spend(budget: TokenBuckets | undefined, key: number | string): void {
  const refused = budget?.refusal(key);
  if (refused) throw refused;
}

type Input = Awaited<ReturnType<typeof readCall>>;

/** What a call brings. Errors: those of the body, and `validation`. */
async function readCall(
  endpoint: Endpoint,
  request: Request,
  params: Record<string, string>,
  { body, maxFormBytes }: { body(): Promise<unknown>; maxFormBytes: number },
) {
  return {
    params: endpoint.params && validate(endpoint.params, params, "path"),
    query: endpoint.query && validate(endpoint.query, queryOf(request), "query"),
    body: endpoint.body && validate(endpoint.body, await body()),
    form: endpoint.form ? readForm(request, maxFormBytes) : noForm,
  };
}

function queryOf(request: Request): Record<string, string> {
  return Object.fromEntries(new URL(request.url).searchParams);
}

function refuse(log: Log, error: unknown, requestId: string): Response {
  return problem(toRefusal(error, log, "a request", { request_id: requestId }), requestId);
}
