import { rateOf, TokenBuckets } from "../../../core/token-bucket.ts";
import { type Kit, perKit } from "../../../kit.ts";

const hour = 3600;

/** Epochs that somebody begins in a chat although none is due. Undefined without limits. */
export const repairs = perKit(({ settings, clock }: Kit) =>
  settings.rateLimits === "on"
    ? new TokenBuckets(rateOf(settings.epochRepairsPerHour, hour), () => clock.monotonic())
    : undefined,
);
