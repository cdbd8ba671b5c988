import type { Environment } from "./environment.ts";
import { messageOf, noAnswer, ParleyError } from "./errors.ts";
import type { Calls, Problem } from "./wire.ts";

export type CallName = keyof Calls;

/** What goes into the path, the query and the body of a call. */
export type CallInput<K extends CallName> = Omit<Calls[K], "answer">;

/** What a call answers; calls that answer files are for `download`. */
export type CallAnswer<K extends CallName> = Calls[K]["answer"];

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** For calls that change what has a version: the one that is known (`ETag`). Errors: `precondition_failed` where it is another. */
  ifMatch?: number | undefined;
}

/** Calls without anything in path, query and body need no input. */
export type CallArguments<K extends CallName> =
  {} extends CallInput<K>
    ? [input?: CallInput<K>, options?: CallOptions]
    : [input: CallInput<K>, options?: CallOptions];

/** Who makes the calls. */
export interface Authorization {
  /** An access token that is not known to be over. */
  token(): Promise<string>;
  /** The server did not accept this one. Resolves when there is another. */
  renew(refused: string): Promise<void>;
}

/** An answer that takes longer is none. Uploads and downloads may take as long as they move. */
const patience = 30_000;
/** How often a call is made whose token is not accepted. The second one may be another program's, and be over as well. */
const attempts = 3;

/** What makes requests, as `fetch` does. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Typed REST calls to one server. Refusals and what is no answer are thrown as `ParleyError`. */
export class Caller {
  /** Set as soon as somebody is signed in. */
  authorization: Authorization | undefined;
  readonly #closing = new AbortController();

  constructor(
    readonly server: string,
    private readonly environment: Environment,
  ) {}

  /** Makes a call by its name, `"GET /api/chats"`. A token that has expired is renewed, and the call is made again. */
  async call<K extends CallName>(
    name: K,
    input: CallInput<K>,
    { signal, ifMatch }: CallOptions = {},
  ): Promise<CallAnswer<K>> {
    const { path, init } = toRequest(name, input, this.#untilClosed(within(patience, signal)));
    if (ifMatch !== undefined) init.headers["If-Match"] = `"${ifMatch}"`;
    return read(await this.send(path, init), init.signal);
  }

  /** The same without an access token. */
  async anonymously<K extends CallName>(
    name: K,
    input: CallInput<K>,
    signal: AbortSignal,
  ): Promise<CallAnswer<K>> {
    const { path, init } = toRequest(name, input, signal);
    return read(await this.#fetch(path, init, undefined), signal);
  }

  /** A request with the access token, perhaps made otherwise than with `fetch`. Answers what is `ok` alone. */
  async send(path: string, init: RequestInit, fetch: Fetch = this.environment.fetch): Promise<Response> {
    const { authorization } = this;
    const signal = this.#untilClosed(init.signal);
    for (let attempt = 1; ; attempt++) {
      const token = await authorization?.token();
      try {
        return await this.#fetch(path, { ...init, signal }, token, fetch);
      } catch (error) {
        const isRefused = error instanceof ParleyError && error.code === "unauthorized";
        if (!isRefused || !authorization || token === undefined || attempt === attempts) throw error;
        await authorization.renew(token);
      }
    }
  }

  /** Gives up what is under way, but for what is anonymous: the answer to a refresh has to be kept. */
  close(): void {
    this.#closing.abort();
  }

  #untilClosed(given: AbortSignal | null | undefined): AbortSignal {
    const { signal } = this.#closing;
    return given ? AbortSignal.any([given, signal]) : signal;
  }

  async #fetch(
    path: string,
    init: RequestInit,
    token: string | undefined,
    fetch: Fetch = this.environment.fetch,
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    let response: Response;
    try {
      response = await fetch(this.server + path, { ...init, headers });
    } catch (error) {
      throw lost(error, init.signal);
    }
    if (response.ok) return response;
    throw await refusal(response);
  }
}

function toRequest(
  name: CallName,
  input: object,
  signal: AbortSignal,
): {
  path: string;
  init: Omit<RequestInit, "headers"> & { signal: AbortSignal; headers: Record<string, string> };
} {
  const [method = "", template = ""] = name.split(" ");
  const { path, query, body } = input as Parts;
  const isThere = body !== undefined;
  return {
    path: fill(template, path) + toQuery(query),
    init: {
      method,
      signal,
      headers: isThere ? { "Content-Type": "application/json" } : {},
      ...(isThere && { body: JSON.stringify(body) }),
    },
  };
}

interface Parts {
  path?: Record<string, string | number>;
  query?: Record<string, unknown>;
  body?: unknown;
}

function fill(template: string, values: Parts["path"] = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

function toQuery(values: Parts["query"] = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  const query = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return query === "" ? "" : `?${query}`;
}

/** Aborts when the caller wants it, or after so many milliseconds. */
export function within(milliseconds: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** Nothing came, for whatever reason; unless the caller wanted it so. */
export function lost(error: unknown, signal: AbortSignal | null | undefined): ParleyError {
  if (error instanceof ParleyError) return error;
  const isOver = signal?.aborted && (signal.reason as { name?: string })?.name !== "TimeoutError";
  if (isOver) return new ParleyError("aborted", "Aborted.");
  return noAnswer(`The server cannot be reached (${messageOf(error)}).`);
}

/** The JSON of an answer to a request with this signal. */
export async function read<A>(response: Response, signal: AbortSignal): Promise<A> {
  if (response.status === 204) return undefined as A;
  try {
    return (await response.json()) as A;
  } catch (error) {
    // The line broke, or a sign-in page of the network answered in place of the server.
    throw lost(error, signal);
  }
}

/** Only a problem of ours (RFC 9457) is a refusal: a proxy's error page says nothing. */
async function refusal(response: Response): Promise<ParleyError> {
  const { status } = response;
  const isOurs = response.headers.get("content-type")?.startsWith("application/problem+json");
  try {
    const problem = isOurs ? ((await response.json()) as Problem) : undefined;
    if (typeof problem?.code === "string") return new ParleyError(problem.code, problem.detail, problem);
    await response.body?.cancel();
  } catch {
    // The line broke in the middle of it.
  }
  return new ParleyError("no_answer", `Something between here and the server answered ${status}.`, {
    status,
  });
}
