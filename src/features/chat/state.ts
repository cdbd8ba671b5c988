/** What chats have once per server besides their tables. */
import { type Kit, perKit } from "../../kit.ts";
import { CallBudget, noCallBudget } from "./mentions/call-budget.ts";
import { createMembershipLimits, noMembershipLimits } from "./members/limits.ts";
import { StatusBroadcast } from "./receipts/broadcast.ts";

const monotonic = (kit: Kit) => () => kit.clock.monotonic();

/** How many people somebody may put into chats. */
export const membershipLimits = perKit((kit: Kit) =>
  kit.settings.rateLimits === "on"
    ? createMembershipLimits(monotonic(kit), kit.settings)
    : noMembershipLimits,
);

/** How often all members of a chat may be called. */
export const callBudget = perKit((kit: Kit) =>
  kit.settings.rateLimits === "on" ? new CallBudget(kit.settings, monotonic(kit)) : noCallBudget,
);

/** Tells chats how far their members have come. */
export const statusBroadcast = perKit((kit: Kit) => new StatusBroadcast(kit));
