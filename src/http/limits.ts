import type { Kit } from "../kit.ts";
import { anonymousBodyBytes } from "../core/body-bytes.ts";
import { type JsonLimits, jsonLimitsOf } from "../core/json.ts";
import { rateOf, TokenBuckets } from "../core/token-bucket.ts";
import type { BodyMemoryLimits } from "./body-memory.ts";
import type { LongBodyLimits } from "./long-body-slots.ts";
import type { TarpitLimits } from "./tarpit.ts";

/**
 * Budgets: calls, and fetched files, per user. Without a user each endpoint has a budget per address, and so have calls
 * that are refused because of their token: using up one of them keeps nobody else at that address from signing in, or
 * from learning that they have to. `other` is for requests that are no call at all, per address.
 */
export interface Budgets {
  calls: TokenBuckets;
  files: TokenBuckets;
  other: TokenBuckets;
}

/** Limits of the REST door. */
export interface HttpLimits {
  budgets: Budgets | undefined;
  bodies: {
    /** The longest body with an access token, and without one, which is shorter because anybody may send it. */
    maxBytes: number;
    maxAnonymousBytes: number;
    json: JsonLimits;
    memory: BodyMemoryLimits;
  };
  refusals: TarpitLimits;
  longBodies: LongBodyLimits;
}

export function limitsOf(settings: Kit["settings"], monotonic: () => number): HttpLimits {
  const perMinute = (burst: number) => new TokenBuckets(rateOf(burst, 60), monotonic);
  return {
    budgets:
      settings.rateLimits === "on"
        ? {
            calls: perMinute(settings.requestsPerMinute),
            files: perMinute(settings.filesPerMinute),
            other: perMinute(settings.otherRequestsPerMinute),
          }
        : undefined,
    bodies: {
      maxBytes: settings.maxBodyBytes,
      maxAnonymousBytes: anonymousBodyBytes(settings),
      json: jsonLimitsOf(settings),
      // At least one body fits.
      memory: {
        inAll: Math.max(settings.bodyBytesInAll, settings.maxBodyBytes),
        perAddress: Math.max(settings.bodyBytesPerAddress, settings.maxBodyBytes),
      },
    },
    longBodies: {
      perAddress: settings.longBodiesPerAddress,
      inAll: settings.longBodiesInAll,
      refusedMilliseconds: settings.refusalMilliseconds,
    },
    refusals: { milliseconds: settings.refusalMilliseconds, atOnce: settings.refusalsAtOnce },
  };
}
