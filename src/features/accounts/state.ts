/** What accounts have once per server besides their tables. */
import type { OperatorKit } from "../../feature.ts";
import { type Kit, perKit } from "../../kit.ts";
import { openBudgets } from "./budgets.ts";
import { Passwords } from "./passwords/passwords.ts";
import { AccessTokens } from "./tokens/access-tokens.ts";
import { RefreshTokens } from "./tokens/refresh-tokens.ts";
import { Tickets } from "./tokens/tickets.ts";

/** A ticket opens one socket; as many are left over by connections that did not come about. */
const ticketsPerSocket = 2;

export const accessTokens = perKit(
  (kit: Kit) => new AccessTokens(kit.key("access tokens"), kit.clock, kit.settings.accessTokenSeconds),
);

export const refreshTokens = perKit((kit: Kit) => new RefreshTokens(kit.key("refresh tokens")));

export const tickets = perKit(
  ({ clock, settings }: Kit) => new Tickets(clock, settings.socketsPerUser * ticketsPerSocket),
);

/** Hides file tokens. */
export const fileTokenKey = perKit((kit: Kit) => kit.key("file tokens"));

/** Hides addresses: the same for all who share one, and what it is nobody reads in the database. */
export const addressKey = perKit((kit: Kit) => kit.key("addresses"));

/** Also where no server runs. The shares of an address and a network belong to the rate limits. */
export const passwords = perKit(({ settings }: OperatorKit) => {
  const isLimited = settings.rateLimits === "on";
  const { passwordsPerAddress = Infinity, passwordsPerNetwork = Infinity } = settings;
  return new Passwords({
    memoryKib: settings.passwordMemoryKib,
    iterations: settings.passwordIterations,
    concurrency: settings.passwordConcurrency,
    queue: settings.passwordQueue,
    perAddress: isLimited ? passwordsPerAddress : Infinity,
    perNetwork: isLimited ? passwordsPerNetwork : Infinity,
  });
});

/** Undefined where rate limits are off. */
export const budgets = perKit((kit: Kit) =>
  kit.settings.rateLimits === "on" ? openBudgets(kit) : undefined,
);
