/** What is counted against guessing and mass sign-up, where rate limits are on. Errors: `rate_limited`. */
import type { ChatError } from "../../core/errors.ts";
import { Spending } from "../../core/spending.ts";
import type { TokenBuckets } from "../../core/token-bucket.ts";
import type { Origin } from "../../feature.ts";
import type { Kit } from "../../kit.ts";
import type { Budgets } from "./budgets.ts";
import { budgets } from "./state.ts";
import { sha256 } from "./tokens/hashes.ts";

/** An attempt to sign in that has been counted. */
export interface Attempt {
  /**
   * There were too many before it: this is the answer, unless the password is right and its owner has signed in from
   * there before. Undefined where there were not.
   */
  refusal: ChatError | undefined;
  /** The right password was given: the attempt counts no more, nor do earlier ones for this name from this address. */
  succeeded(): void;
}

const uncounted: Attempt = { refusal: undefined, succeeded() {} };
/** As long as the hash that stands for longer ones. */
const longestName = 64;

export function countRegistration(kit: Kit, { address, network }: Origin): void {
  const registrations = budgets(kit)?.registrations;
  spend(registrations?.byAddress, address);
  spend(registrations?.byNetwork, network);
}

/**
 * Counts an attempt to give the password of `name`, as it was typed: counting the account instead would tell whose
 * e-mail address it is. Counted for the name from this address, so that one address keeps nobody elsewhere
 * out; ten times as many are let through for the name from everywhere and for the address with all names, a hundred
 * times as many for the network. Beyond that nothing is thrown yet where `isKnown`, that somebody has signed in from
 * there: as the password may be the owner's it is still to be looked at, up to ten times as often for the name from
 * this address, and twenty times for the address with all names. Once the latter is used up, each name has a few
 * looks an hour more: whoever tries one name after another is slow from then on, and keeps no owner out by that.
 */
export function countLogin(kit: Kit, typedName: string, from: Origin, isKnown: boolean): Attempt {
  const open = budgets(kit);
  if (!open) return uncounted;
  const name = budgetName(typedName);
  const both = `${name} ${from.address}`;
  const spending = new Spending();
  const { logins } = open;
  // First the name here, so that a program that goes on and on with one does not use up what all others there have.
  const refusal =
    spending.refusal(logins.byBoth, both) ??
    spending.refusal(logins.byAddress, from.address) ??
    spending.refusal(logins.byNetwork, from.network) ??
    spending.refusal(logins.byName, name);
  if (refusal && !(isKnown && isLookedAt(open, spending, both, from))) throw refusal;
  return {
    refusal,
    succeeded() {
      spending.giveBack();
      logins.byBoth.refill(both);
    },
  };
}

/** Names of any length cost budgets the same memory. */
function budgetName(typed: string): string {
  const name = typed.toLowerCase();
  return name.length > longestName ? sha256(name) : name;
}

/** Whether an attempt that is one too many is looked at all the same. */
function isLookedAt({ lateLogins }: Budgets, spending: Spending, both: string, { address }: Origin): boolean {
  if (lateLogins.byBoth.take(both) > 0) return false;
  return !spending.refusal(lateLogins.byAddress, address) || !spending.refusal(lateLogins.last, both);
}

/** An attempt to give the current password, by somebody who is signed in. Counted for the session alone. */
export function countConfirmation(kit: Kit, sessionId: number): void {
  spend(budgets(kit)?.confirmations, sessionId);
}

/** It was right: earlier attempts of this session count no more. */
export function forgetConfirmations(kit: Kit, sessionId: number): void {
  budgets(kit)?.confirmations.refill(sessionId);
}

/** Somebody asks for another e-mail address. The answer tells whether it is taken, so each time counts. */
export function countEmailChange(kit: Kit, userId: number): void {
  spend(budgets(kit)?.emailChanges, userId);
}

/**
 * An exchange of a refresh token of this session. Undefined for a token that is none: these count for the address,
 * and keep nobody else there from exchanging theirs.
 */
export function countRefresh(kit: Kit, sessionId: number | undefined, { address }: Origin): void {
  spend(budgets(kit)?.refreshes, sessionId ?? address);
}

function spend(buckets: TokenBuckets | undefined, key: string | number): void {
  const refused = buckets?.refusal(key);
  if (refused) throw refused;
}
