/** By which keys somebody is the same person: an identity, and those that it was handed over to. */
import type { SigningKey } from "../../../../e2ee/keys.ts";
import type { Chain, ChatKeys } from "./ports.ts";

/** Whether the identity `later` is `earlier`, or was handed over from it without a reset in between. */
export function isHandedOver(chain: Chain | undefined, earlier: string, later: string): boolean {
  if (earlier === later) return true;
  const from = chain?.findIndex((one) => one.sigKid === earlier) ?? -1;
  const to = chain?.findIndex((one) => one.sigKid === later) ?? -1;
  if (!chain || from < 0 || to < from) return false;
  return !chain.slice(from + 1, to + 1).some((one) => one.reason === "reset");
}

/** Whether the identity that somebody has now is `ikKid`, or was handed over from it. */
export function isCurrent(chain: Chain | undefined, ikKid: string): boolean {
  const head = chain?.at(-1);
  return head !== undefined && isHandedOver(chain, ikKid, head.sigKid);
}

/** The signing key of that thumbprint, now or before. */
export function signingKeyOf(chain: Chain | undefined, kid: string): SigningKey | undefined {
  return chain?.find((one) => one.sigKid === kid)?.sig;
}

/** By whom a key is somebody's, for all those people. */
export function identitiesOf(chains: ReadonlyMap<number, Chain>) {
  return (user: number, earlier: string, later: string) => isHandedOver(chains.get(user), earlier, later);
}

/** What the directory has of people, with the key by which one of them has signed something: they may just have got it. */
export async function chainsWith(
  keys: Pick<ChatKeys, "chains">,
  users: readonly number[],
  { by, by_kid }: { by?: number; by_kid?: string },
): Promise<ReadonlyMap<number, Chain>> {
  const all = by === undefined ? users : [...new Set([...users, by])];
  const chains = await keys.chains(all);
  const isKnown =
    by === undefined || by_kid === undefined || signingKeyOf(chains.get(by), by_kid) !== undefined;
  return isKnown ? chains : keys.chains(all, true);
}
