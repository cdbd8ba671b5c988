/** Somebody's chain as the server shows it, against what is known of it. */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { type Entry, readEntry } from "../../../e2ee/directory.ts";
import type { Pin } from "../../../e2ee/keychain.ts";
import type { PublicKey } from "../wire.ts";
import type { Seen } from "./device.ts";
import type { Chain } from "./part-types.ts";

/**
 * All entries, each checked against the one before it. Errors: BadObject, also where the keys that are shown beside are not those of the last
 * entry.
 */
export async function readChain(iss: string, shown: PublicKey): Promise<Chain> {
  const chain: Entry[] = [];
  for (const text of shown.log ?? []) {
    chain.push(await readEntry(text, { iss, sub: shown.user_id, before: chain.at(-1) }));
  }
  const [first, ...more] = chain;
  const head = chain.at(-1);
  if (!first || !head) throw new BadObject("its chain is missing");
  const isSame =
    head.seq === shown.seq &&
    head.encKid === shown.kid &&
    head.sigKid === shown.fingerprint &&
    head.custody === shown.custody &&
    head.enc.n === shown.public_key.n &&
    head.sig.x === shown.signing_key.x &&
    head.sig.y === shown.signing_key.y;
  if (!isSame) throw new BadObject("other keys are shown than its chain has");
  return [first, ...more];
}

export const headOf = (chain: Chain): Entry => chain.at(-1) ?? chain[0];

export function seenOf(chain: Chain): Seen {
  const { seq, hash } = headOf(chain);
  return { seq, hash };
}

/** Whether a chain goes on from where it was. */
export function breakIn(chain: Chain, seen: Seen | undefined): "rolled_back" | "swapped" | undefined {
  if (!seen) return undefined;
  if (chain.length < seen.seq) return "rolled_back";
  return chain[seen.seq - 1]?.hash === seen.hash ? undefined : "swapped";
}

/** What has become of somebody since their identity was pinned; undefined: they are the same. */
export function troubleIn(
  chain: Chain,
  seen: Seen | undefined,
  pin: Pin | undefined,
): "rolled_back" | "swapped" | "reset" | "by_server" | undefined {
  const at = chain.findLastIndex((one) => one.sigKid === pin?.ik);
  const pinned = chain[at];
  if (pin && !pinned) return "swapped";
  const broken = breakIn(chain, seen);
  if (broken || !pinned) return broken;
  if (!chain.slice(at + 1).some((one) => one.reason === "reset")) return undefined;
  return pinned.custody === "client" && headOf(chain).custody === "server" ? "by_server" : "reset";
}
