/** The access log: a line for each request, limited so that nobody can fill the disk. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { rateOf, TokenBuckets } from "../core/token-bucket.ts";

export interface Answered {
  requestId: string;
  /** What budgets are counted for. */
  address: string;
  method: string;
  path: string;
  status: number;
  milliseconds: number;
}

export interface RequestLogLimits {
  /** Of a path, in characters; the rest is cut off. */
  pathCharacters: number;
  /**
   * Requests that are refused with 429 are answered as fast as they come: more than this of an address are only
   * counted.
   */
  refusalsPerMinute: number;
}

const refused = 429;
const summaryMilliseconds = 60_000;

export class RequestLog {
  readonly #refusals: TokenBuckets;
  #unwritten = 0;

  constructor(
    private readonly log: Log,
    clock: Clock,
    private readonly limits: RequestLogLimits,
  ) {
    this.#refusals = new TokenBuckets(rateOf(limits.refusalsPerMinute, 60), () => clock.monotonic());
  }

  write({ requestId, address, method, path, status, milliseconds }: Answered): void {
    if (status === refused && this.#refusals.take(address) > 0) {
      this.#unwritten += 1;
      return;
    }
    this.log.info("request", {
      request_id: requestId,
      method,
      path: withoutToken(cut(path, this.limits.pathCharacters)),
      status,
      ms: Math.round(milliseconds * 10) / 10,
    });
  }

  /** Logs regularly how many requests had no line of their own. */
  summary = {
    every: summaryMilliseconds,
    run: (): void => {
      if (this.#unwritten === 0) return;
      this.log.warn("requests refused for being too many", { count: this.#unwritten });
      this.#unwritten = 0;
    },
  };
}

function cut(path: string, most: number): string {
  return path.length > most ? `${path.slice(0, most)}…` : path;
}

/** The path of a socket may hold a token, also where a proxy passes it on below another path. */
function withoutToken(path: string): string {
  return path.startsWith("/ws") ? "/ws" : path.replace(/eyJ[^/]*\.[^/]*/g, "…");
}
