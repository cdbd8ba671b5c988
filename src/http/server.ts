/** The REST door: what every request goes through before and after its call, in the same order. */
import type { Server } from "bun";
import type { BlockList } from "node:net";

import { BadToken, ChatError } from "../core/errors.ts";
import { budgetKey, clientAddress, isProxy, proxyList } from "./address.ts";
import { refusedOf, spend } from "./call.ts";
import { letRead } from "./cors.ts";
import type { HttpDeps, HttpOptions } from "./deps.ts";
import { problem, refuse } from "./errors.ts";
import { limitsOf } from "./limits.ts";
import { LongBodySlots, type ReleaseSlot } from "./long-body-slots.ts";
import { type Caller, contextOf, type RequestContext } from "./request-context.ts";
import { createRoutes, type Routes } from "./routes.ts";
import { schemeIn, type Site, siteOf } from "./site.ts";
import { Tarpit } from "./tarpit.ts";

export type Handler = (request: Request, server: Server<unknown>) => Response | Promise<Response | undefined>;

export function createHttp(options: HttpOptions): Handler {
  const door = new RestDoor(options);
  return (request, server) => door.open(request, server);
}

class RestDoor {
  readonly #deps: HttpDeps;
  readonly #routes: Routes;
  readonly #longBodies: LongBodySlots;
  readonly #tarpit: Tarpit;
  readonly #trusted: BlockList;
  readonly #publicUrl: URL | undefined;
  readonly #boot = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString("hex");
  #requests = 0;

  constructor(options: HttpOptions) {
    const { clock, settings } = options.kit;
    this.#deps = { ...options, ...limitsOf(settings, () => clock.monotonic()) };
    this.#routes = createRoutes(this.#deps);
    this.#longBodies = new LongBodySlots(clock, this.#deps.longBodies);
    this.#tarpit = new Tarpit(clock, this.#deps.refusals);
    this.#trusted = proxyList(settings.trustedProxies);
    this.#publicUrl = settings.publicUrl === "" ? undefined : new URL(settings.publicUrl);
  }

  open(request: Request, server: Server<unknown>): ReturnType<Handler> {
    const caller = this.#callerOf(request, server);
    if (!mayBeLong(request)) return this.#answer(request, server, caller, undefined);
    const release = this.#longBodies.take(caller.address);
    return release ? this.#answer(request, server, caller, release) : this.#refuseUnread(request, caller);
  }

  #callerOf(request: Request, server: Server<unknown>): Caller {
    const peer = server.requestIP(request)?.address ?? "";
    const forwarded = request.headers.get("x-forwarded-for");
    const address = budgetKey(clientAddress(peer, forwarded, this.#trusted));
    return { requestId: `${this.#boot}-${++this.#requests}`, peer, address };
  }

  #refuseUnread(request: Request, { requestId, address }: Caller): Response | Promise<Response> {
    const { method } = request;
    const refusal = problem(new ChatError("rate_limited", undefined, { retryAfter: 1 }), requestId);
    const { status } = refusal;
    this.#deps.requestLog.write({ requestId, address, method, path: "…", status, milliseconds: 0 });
    this.#finish(request, refusal, requestId, true);
    // At once: while an answer waits, the runtime goes on parsing chunks, of a byte each.
    if (isChunked(request)) return refusal;
    // Later (tarpit), discarding what comes meanwhile: so a client that sends megabytes for nothing again and again
    // sends only so many.
    void request.body?.cancel().catch(() => {});
    return this.#tarpit.wait().then(() => refusal);
  }

  /** `release` frees the slot of a body that may be long. */
  async #answer(
    request: Request,
    server: Server<unknown>,
    caller: Caller,
    release: ReleaseSlot | undefined,
  ): Promise<Response | undefined> {
    const { clock, log } = this.#deps.kit;
    const { requestId, address } = caller;
    const started = clock.monotonic();
    const context = contextOf(request, caller, release, () => this.#siteOf(request, caller));
    let path = "";
    let response: Response | undefined;
    try {
      path = pathOf(request);
      response = await this.#dispatch(request, path, server, context);
    } catch (error) {
      response = refuse(log, error, requestId);
    }
    const tooMany = context.isCounted ? undefined : this.#deps.budgets?.other.refusal(address);
    if (tooMany) response = problem(tooMany, requestId);
    const milliseconds = clock.monotonic() - started;
    const status = response?.status ?? 101;
    this.#deps.requestLog.write({ requestId, address, method: request.method, path, status, milliseconds });
    if (response) this.#finish(request, response, requestId, context.isUnread);
    release?.(true);
    if (status === 429) await this.#delay(request, context.isUnread);
    return response;
  }

  #siteOf({ headers }: Request, { peer }: Caller): Site {
    const proto = isProxy(peer, this.#trusted) ? headers.get("x-forwarded-proto") : null;
    return siteOf(headers, { publicUrl: this.#publicUrl, forwarded: schemeIn(proto) });
  }

  #dispatch(
    request: Request,
    path: string,
    server: Server<unknown>,
    context: RequestContext,
  ): Response | Promise<Response | undefined> {
    if (path !== "/ws" && !path.startsWith("/ws/")) return this.#routes(request, context);
    const { address } = context.origin;
    return this.#deps.upgrade(request, path, server, (who) => {
      context.isCounted = true;
      spend(this.#deps.budgets?.calls, who instanceof BadToken ? refusedOf(address, who) : who.userId);
    });
  }

  /** Delays the refusal of a client that asks too often. */
  async #delay(request: Request, isUnread: boolean): Promise<void> {
    // While an answer waits, the runtime would go on parsing chunks, of a byte each.
    if (isUnread && isChunked(request)) return;
    if (isUnread && !request.bodyUsed) void request.body?.cancel().catch(() => {});
    await this.#tarpit.wait();
  }

  /** Closes the connection of a long body that was not read: otherwise the server would have to take in the rest. */
  #finish(request: Request, response: Response, requestId: string, isUnread: boolean): void {
    response.headers.set("X-Request-Id", requestId);
    if (isUnread) response.headers.set("Connection", "close");
    letRead(request, response, this.#deps.kit.settings.corsOrigins);
  }
}

/** A body of so many bytes is received as fast as a new connection is made. */
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
