/** One call: signing in, budget, validation, the verb, the answer. */
import { BadToken } from "../core/errors.ts";
import { Download, type Endpoint, type Form, type Origin, type Page } from "../core/feature.ts";
import type { TokenBuckets } from "../core/token-bucket.ts";
import { validate } from "../core/validate.ts";
import { parseBody, readBody } from "./body.ts";
import { setCookies, tokensIn } from "./cookies.ts";
import type { HttpDeps } from "./deps.ts";
import { sendFile } from "./download.ts";
import { identify } from "./identify.ts";
import { readForm } from "./multipart.ts";
import type { BodyRoom } from "./room.ts";
import type { Site } from "./site.ts";

/** What is known of a request before its call is. */
export interface Asked {
  requestId: string;
  origin: Origin;
  isHead: boolean;
  /** Some budget or other has it in its count. */
  isCounted: boolean;
  /** Its body is being read from now on. */
  readsBody(): void;
  /** Its body has been read, or whoever reads it knows what to do with the rest. */
  hasBody(): void;
  /** Worked out for those calls that ask. */
  site(): Site;
}

export type Run = (request: Request, params: Record<string, string>, asked: Asked) => Promise<Response>;

const noForm: Form = (async function* () {})();
/** More than any body has that is right for a call which is not counted: a token of 200 characters. */
const maxRightBytes = 4096;
const secretHeaders = { "Cache-Control": "no-store" };

export function callOf(deps: HttpDeps, room: BodyRoom, endpoint: Endpoint): Run {
  const { maxBytes, maxAnonymousBytes, json } = deps.bodies;
  return async (request, params, asked) => {
    const { origin, requestId, isHead, site } = asked;
    const refusedKey = (error?: unknown) => refusedOf(origin.address, error);
    const refused = (error: unknown) => {
      spend(deps.budgets?.calls, refusedKey(error));
      throw error;
    };
    const read = (most: number) =>
      readCall(endpoint, request, params, {
        async body() {
          asked.readsBody();
          const bytes = await readBody(request, most, room, origin.address);
          asked.hasBody();
          return parseBody(bytes, json);
        },
        form() {
          asked.readsBody();
          asked.hasBody();
          return readForm(request, deps.maxFormBytes);
        },
      });
    asked.isCounted = true;
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
export function refusedOf(address: string, error?: unknown): string {
  const session = error instanceof BadToken ? error.sessionId : undefined;
  return `refused ${session ?? ""} ${address}`;
}

/** Takes one from a budget. Errors: `rate_limited`. */
export function spend(budget: TokenBuckets | undefined, key: number | string): void {
  const refused = budget?.refusal(key);
  if (refused) throw refused;
}

type Input = Awaited<ReturnType<typeof readCall>>;

/** What a call brings. Errors: those of the body, and `validation`. */
async function readCall(
  endpoint: Endpoint,
  request: Request,
  params: Record<string, string>,
  { body, form }: { body(): Promise<unknown>; form(): Form },
) {
  return {
    params: endpoint.params && validate(endpoint.params, params, "path"),
    query: endpoint.query && validate(endpoint.query, queryOf(request), "query"),
    body: endpoint.body && validate(endpoint.body, await body()),
    form: endpoint.form ? form() : noForm,
  };
}

function queryOf(request: Request): Record<string, string> {
  return Object.fromEntries(new URL(request.url).searchParams);
}
