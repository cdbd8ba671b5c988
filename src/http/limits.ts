import type { Kit } from "../kit.ts";
import { type JsonLimits, jsonLimitsOf } from "../core/json.ts";
import { rateOf, TokenBuckets } from "../core/token-bucket.ts";
import type { BodyMemoryLimits } from "./body-memory.ts";
import type { LongBodyLimits } from "./long-body-slots.ts";
import type { TarpitLimits } from "./tarpit.ts";

/**
 * Calls, and fetched files, per user. Of those who have not signed in each call has an address's budget of its own,
 * and so has what is refused for its token, if that may be made up: who uses up one of them keeps nobody else there
 * from signing in, or from learning that they have to. `other` is for what is no call at all, per address.
 */
export interface Budgets {
  calls: TokenBuckets;
  files: TokenBuckets;
  other: TokenBuckets;
}

/** What the REST door takes. */
export interface HttpLimits {
  budgets: Budgets | undefined;
  bodies: {
    /** Of a call with an access token, and of one without: what anybody may send takes little. */
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

/** Of a call without an access token: no more than of others. */
export function anonymousBodyBytes({ maxAnonymousBodyBytes, maxBodyBytes }: Kit["settings"]): number {
  return Math.min(maxAnonymousBodyBytes, maxBodyBytes);
}
