/** The REST door: what every request goes through before and after its call, in the same order. */
import type { Server } from "bun";

import { BadToken, ChatError } from "../core/errors.ts";
import { budgetKey, clientAddress, isProxy, networkOf, proxyList } from "./address.ts";
import { Arrivals, type Leave } from "./arrivals.ts";
import { type Asked, refusedOf, spend } from "./call.ts";
import { letRead } from "./cors.ts";
import type { HttpDeps } from "./deps.ts";
import { problem, refuse } from "./errors.ts";
import { createRoutes } from "./routes.ts";
import { schemeIn, siteOf } from "./site.ts";
import { Slowing } from "./slowing.ts";

export type Handler = (request: Request, server: Server<unknown>) => Response | Promise<Response | undefined>;

/** Who asks, as far as the connection tells. */
interface Caller {
  requestId: string;
  /** Of the connection, and what budgets are counted for. */
  peer: string;
  address: string;
}

export function createHttp(deps: HttpDeps): Handler {
  const routes = createRoutes(deps);
  const boot = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString("hex");
  let requests = 0;
  const arrivals = new Arrivals(deps.clock, deps.arrivals);
  const slowing = new Slowing(deps.clock, deps.refusals);
  const trusted = proxyList(deps.trustedProxies);
  const publicUrl = deps.publicUrl === "" ? undefined : new URL(deps.publicUrl);

  function open(request: Request, server: Server<unknown>): ReturnType<Handler> {
    const peer = server.requestIP(request)?.address ?? "";
    const forwarded = request.headers.get("x-forwarded-for");
    const address = budgetKey(clientAddress(peer, forwarded, trusted));
    const caller = { requestId: `${boot}-${++requests}`, peer, address };
    if (!mayBeLong(request)) return answer(request, server, caller, undefined);
    const leave = arrivals.enter(address);
    return leave ? answer(request, server, caller, leave) : refuseUnread(request, caller);
  }

  function refuseUnread(request: Request, { requestId, address }: Caller): Response | Promise<Response> {
    const { method } = request;
    const refusal = problem(new ChatError("rate_limited", undefined, { retryAfter: 1 }), requestId);
    deps.requestLog.write({ requestId, address, method, path: "…", status: refusal.status, milliseconds: 0 });
    finish(request, refusal, requestId, true);
    // In the same moment: as long as it waits, more chunks are looked at, of a byte each.
    if (isChunked(request)) return refusal;
    // A moment later, and what comes meanwhile is thrown away: so whoever sends a megabyte for nothing over and over
    // sends only so many.
    void request.body?.cancel().catch(() => {});
    return slowing.wait().then(() => refusal);
  }

  /** `leave` is for a body that may be long. */
  async function answer(
    request: Request,
    server: Server<unknown>,
    { requestId, peer, address }: Caller,
    leave: Leave | undefined,
  ): Promise<Response | undefined> {
    const started = deps.clock.monotonic();
    let isUnread = leave !== undefined;
    const asked: Asked = {
      requestId,
      origin: {
        address,
        network: networkOf(address),
        userAgent: request.headers.get("user-agent") ?? undefined,
        accept: request.headers.get("accept") ?? "",
      },
      isHead: request.method === "HEAD",
      isCounted: false,
      readsBody: () => leave?.(false),
      hasBody() {
        isUnread = false;
      },
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
              asked.isCounted = true;
              spend(deps.budgets?.calls, who instanceof BadToken ? refusedOf(address, who) : who.userId);
            })
          : await routes(request, asked);
    } catch (error) {
      response = refuse(deps.log, error, requestId);
    }
    const tooMany = asked.isCounted ? undefined : deps.budgets?.other.refusal(address);
    if (tooMany) response = problem(tooMany, requestId);
    const milliseconds = deps.clock.monotonic() - started;
    const status = response?.status ?? 101;
    deps.requestLog.write({ requestId, address, method: request.method, path, status, milliseconds });
    if (response) finish(request, response, requestId, isUnread);
    leave?.(true);
    // As long as that waits, more chunks would be looked at, of a byte each.
    if (status !== 429 || (isUnread && isChunked(request))) return response;
    if (isUnread && !request.bodyUsed) void request.body?.cancel().catch(() => {});
    await slowing.wait();
    return response;
  }

  /** What nobody has read of a long body goes with its connection: it would be the server's to take in. */
  function finish(request: Request, response: Response, requestId: string, isUnread: boolean): void {
    response.headers.set("X-Request-Id", requestId);
    if (isUnread) response.headers.set("Connection", "close");
    letRead(request, response, deps.corsOrigins);
  }

  return open;
}

/** Bytes of a body that are as quickly taken in as a new connection is made. */
const shortBody = 16_384;
function mayBeLong(request: Request): boolean {
  return isChunked(request) || Number(request.headers.get("content-length")) > shortBody;
}

function isChunked({ headers }: Request): boolean {
  return headers.has("transfer-encoding");
}

/** Errors: `bad_host`. Bun makes the URL from the Host header, whatever that is. */
function pathOf(request: Request): string {
  if (!URL.canParse(request.url)) throw new ChatError("bad_host");
  return new URL(request.url).pathname;
}
