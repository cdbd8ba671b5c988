/**
 * Whether what stands in a chat is all that its devices have sent, in their order. Each device numbers its messages, edits and deletions
 * (`ctr`) and names the one before (`prev`), so that what a server leaves out, repeats or moves leaves a mark.
 */
import type { EncryptedMessage, VersionOf } from "./message.ts";

/** A message that was opened and verified, at its place. */
export interface Placed {
  seq: number;
  hash: string;
  message: Pick<EncryptedMessage, "device" | "ctr" | "prev" | "n" | "seen" | "body">;
}

export type Problem =
  /** The same once more: two places have one message. */
  | { kind: "repeated"; seq: number }
  /** Two messages of a device have one number. */
  | { kind: "forked"; seq: number }
  /** A device has sent it before the one that stands above it. */
  | { kind: "moved"; seq: number }
  /** Something that its device sent before it is not here. */
  | { kind: "missing"; seq: number }
  /** Under an epoch that was over when the message above it was sent. */
  | { kind: "late"; seq: number }
  /** Whoever wrote it was shown another message at a place above it than stands there. */
  | { kind: "parted"; seq: number };

/**
 * What is wrong in a range of a chat. `placed`: its encrypted messages, in the order of `seq`. `isWhole`: it begins with the first one that
 * was encrypted, and all could be opened. Without that nothing is missing for certain: what is not here may be an edit of something
 * older.
 */
export function problemsIn(placed: readonly Placed[], isWhole: boolean): Problem[] {
  const known = versionsOf(placed);
  return [
    ...doubled(placed),
    ...outOfOrder(placed),
    ...parted(placed),
    ...placed.flatMap(({ seq, message }): Problem[] => {
      const before = known.get(message.device)?.get(message.ctr - 1);
      if (before !== undefined) return before.has(message.prev ?? "") ? [] : [{ kind: "forked", seq }];
      return isWhole && message.ctr > 1 ? [{ kind: "missing", seq }] : [];
    }),
  ];
}

/** The number and H of each version, by device: of what stands there, and of all that it replaces. */
function versionsOf(placed: readonly Placed[]): Map<string, Map<number, Set<string>>> {
  const known = new Map<string, Map<number, Set<string>>>();
  for (const [device, ctr, hash] of placed.flatMap(versionsAt)) {
    const numbers = known.get(device) ?? new Map<number, Set<string>>();
    known.set(device, numbers.set(ctr, (numbers.get(ctr) ?? new Set()).add(hash)));
  }
  return known;
}

function versionsAt({ hash, message: { device, ctr, body } }: Placed): VersionOf[] {
  return [...body.replaces, [device, ctr, hash]];
}

function doubled(placed: readonly Placed[]): Problem[] {
  const seen = new Map<string, string>();
  return placed.flatMap((one): Problem[] => {
    const problems: Problem[] = [];
    for (const [device, ctr, hash] of versionsAt(one)) {
      const key = `${device} ${ctr}`;
      const other = seen.get(key);
      seen.set(key, hash);
      if (other !== undefined) problems.push({ kind: other === hash ? "repeated" : "forked", seq: one.seq });
    }
    return problems.slice(0, 1);
  });
}

/** An edit stands where the first version stood. */
function outOfOrder(placed: readonly Placed[]): Problem[] {
  const numbers = new Map<string, number>();
  let n = 0;
  return placed.flatMap(({ seq, hash, message }): Problem[] => {
    const [device, ctr] = message.body.replaces[0] ?? [message.device, message.ctr, hash];
    const before = numbers.get(device) ?? 0;
    numbers.set(device, Math.max(before, ctr));
    const isLate = message.body.replaces.length === 0 && message.n < n;
    n = Math.max(n, message.body.replaces.length === 0 ? message.n : 0);
    return [
      ...(ctr < before ? [{ kind: "moved", seq } as const] : []),
      ...(isLate ? [{ kind: "late", seq } as const] : []),
    ];
  });
}

/** What somebody was shown may have been edited or deleted since: then it is among what that replaces. */
function parted(placed: readonly Placed[]): Problem[] {
  const shown = new Map(placed.map((one) => [one.seq, new Set(versionsAt(one).map(([, , hash]) => hash))]));
  return placed.flatMap(({ seq, message }): Problem[] => {
    const [at, hash] = message.seen ?? [0, ""];
    const there = shown.get(at);
    return there && !there.has(hash) ? [{ kind: "parted", seq }] : [];
  });
}
