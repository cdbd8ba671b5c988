/** One REST call: authentication, budget, validation, the verb, the answer. */
import { z } from "zod";

import type { Actor } from "../core/actor.ts";
import { BadToken } from "../core/errors.ts";
import { Download, type Endpoint, type Form, type Page } from "../feature.ts";
import type { TokenBuckets } from "../core/token-bucket.ts";
import { validate } from "../core/validate.ts";
import { parseBody, readBody } from "./body.ts";
import type { BodyMemory } from "./body-memory.ts";
import { setCookies, tokensIn } from "./cookies.ts";
import type { HttpDeps } from "./deps.ts";
import { sendFile } from "./download.ts";
import { identify } from "./identify.ts";
import { readForm } from "./multipart.ts";
import type { RequestContext } from "./request-context.ts";

export type Run = (
  request: Request,
  params: Record<string, string>,
  context: RequestContext,
) => Promise<Response>;

/** One strong entity tag (RFC 9110, 8.8.3), as `versionTag` writes it. */
const VersionTag = z.object({
  "if-match": z
    .string("is required: the ETag of what is to be changed")
    .regex(/^"(0|[1-9]\d{0,14})"$/, "must be one ETag, as it was answered")
    .transform((tag) => Number(tag.slice(1, -1))),
});
const versionTag = (version: unknown) => `"${String(version)}"`;

const noForm: Form = (async function* () {})();
/** More than a valid body of those calls that count themselves has: a token of 200 characters. */
const maxRightBytes = 4096;
const secretHeaders = { "Cache-Control": "no-store" };

/** A request for an endpoint. */
interface Call {
  deps: HttpDeps;
  memory: BodyMemory;
  endpoint: Endpoint;
  request: Request;
  params: Record<string, string>;
  context: RequestContext;
}

export function callOf(deps: HttpDeps, memory: BodyMemory, endpoint: Endpoint): Run {
  return (request, params, context) => run({ deps, memory, endpoint, request, params, context });
}

async function run(call: Call): Promise<Response> {
  const { deps, endpoint, request, context } = call;
  const { origin, isHead, site } = context;
  context.isCounted = true;
  const actor = await identify(deps.authenticators, endpoint, request.headers, site).catch((error: unknown) =>
    countRefusal(call, error),
  );
  const input = await readInput(call, actor);
  const result = await endpoint.run(deps.kit, {
    actor,
    origin,
    ...input,
    wantsHead: isHead,
    // A getter: the signal is made only for verbs that wait.
    get gone() {
      return request.signal;
    },
    get page(): Page {
      const here = site();
      return { isOwn: here.isOwn, ...tokensIn(request.headers, here) };
    },
  });
  return respond(call, result);
}

/** Throws `error`, or `rate_limited` when the budget for refusals is used up. */
function countRefusal({ deps, context }: Call, error: unknown): never {
  spend(deps.budgets?.calls, refusedOf(context.origin.address, error));
  throw error;
}

/**
 * The key of the budget for calls that are refused before it is known who asks. A session that is over has a budget of
 * its own: whatever others at its address send, its owner learns that it is over.
 */
export function refusedOf(address: string, error?: unknown): string {
  const session = error instanceof BadToken ? error.sessionId : undefined;
  return `refused ${session ?? ""} ${address}`;
}

/** Takes one token. Errors: `rate_limited`. */
export function spend(budget: TokenBuckets | undefined, key: number | string): void {
  const refused = budget?.refusal(key);
  if (refused) throw refused;
}

type Result = Awaited<ReturnType<Endpoint["run"]>>;
type Input = Awaited<ReturnType<typeof readCall>>;

/** The validated input of a call, once it is counted. Errors: `rate_limited`, and those of `readCall`. */
function readInput(call: Call, actor: Actor | undefined): Promise<Input> {
  const { deps, endpoint, context } = call;
  const { maxBytes, maxAnonymousBytes } = deps.bodies;
  const { address } = context.origin;
  if (endpoint.countsItself) {
    // An address with too many refusals may only send bodies as short as valid ones. Longer ones are refused unread,
    // and everybody else there can still refresh their tokens.
    const isSpent = deps.budgets?.calls.isEmpty(refusedOf(address)) ?? false;
    const most = isSpent ? Math.min(maxRightBytes, maxAnonymousBytes) : maxAnonymousBytes;
    return readCall(call, most).catch((error: unknown) => countRefusal(call, error));
  }
  const budget = endpoint.embedded ? deps.budgets?.files : deps.budgets?.calls;
  spend(budget, actor ? actor.userId : `${endpoint.name} ${address}`);
  return readCall(call, actor ? maxBytes : maxAnonymousBytes);
}

/** Errors: those of the body, and `validation`. */
async function readCall(call: Call, maxBytes: number) {
  const { endpoint, request, params } = call;
  return {
    params: endpoint.params && validate(endpoint.params, params, "path"),
    query: endpoint.query && validate(endpoint.query, queryOf(request), "query"),
    body: endpoint.body && validate(endpoint.body, await readJson(call, endpoint.body, maxBytes)),
    form: endpoint.form ? openForm(call) : noForm,
    ifMatch: endpoint.ifMatch ? readVersion(request) : 0,
  };
}

function readVersion({ headers }: Request): number {
  return validate(VersionTag, { "if-match": headers.get("if-match") ?? undefined }, "headers")["if-match"];
}

function queryOf(request: Request): Record<string, string> {
  return Object.fromEntries(new URL(request.url).searchParams);
}

/** Undefined where there is none, and need be none. */
async function readJson(
  { deps, memory, request, context }: Call,
  schema: z.ZodType,
  maxBytes: number,
): Promise<unknown> {
  const isEmpty = request.body === null || request.headers.get("content-length") === "0";
  if (isEmpty && schema.safeParse(undefined).success) return undefined;
  context.readsBody();
  const bytes = await readBody(request, maxBytes, memory, context.origin.address);
  context.isUnread = false;
  return parseBody(bytes, deps.bodies.json);
}

function openForm({ deps, request, context }: Call): Form {
  context.readsBody();
  context.isUnread = false;
  return readForm(request, deps.maxFormBytes);
}

function respond({ deps, endpoint, request, context }: Call, result: Result): Response {
  if (result instanceof Response) return result;
  if (result instanceof Download) {
    const isShared = deps.kit.settings.corsOrigins.length > 0;
    return sendFile(
      result,
      { headers: request.headers, isHead: context.isHead, isShared },
      context.requestId,
    );
  }
  const init = { status: result.status, headers: endpoint.secret ? secretHeaders : {} };
  const response = result.body ? Response.json(result.body, init) : new Response(null, init);
  if (result.body && endpoint.etag)
    response.headers.set("ETag", versionTag(fieldOf(result.body, endpoint.etag)));
  if (result.keep !== undefined) setCookies(response.headers, result.keep, context.site());
  return response;
}

function fieldOf(body: object, name: string): unknown {
  return (body as Record<string, unknown>)[name];
}
