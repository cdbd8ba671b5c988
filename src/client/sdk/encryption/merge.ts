/** Two devices have changed one keychain: both changes are kept. */
import type { Keychain } from "../../../e2ee/keychain.ts";

type Jwk = Keychain["ik"][number];
type Pins = Keychain["pins"];
type Chats = Keychain["chats"];

/**
 * What is in `local` or `remote`, which have both come from `base`. Private keys are never lost. Where both have pinned somebody by other
 * keys, nobody knows whose are right: what the server has is taken, unverified.
 */
export function merge(base: Keychain, local: Keychain, remote: Keychain): Keychain {
  return {
    v: 1,
    ik: withAll(local.ik, remote.ik),
    ek: withAll(local.ek, remote.ek),
    pins: mergeRecords<Pins[string]>(base.pins, local.pins, remote.pins, (own, other) => ({
      ik: other.ik,
      verified: own.ik === other.ik && (own.verified || other.verified),
    })),
    chats: mergeRecords<Chats[string]>(base.chats, local.chats, remote.chats, (own, other) =>
      own.create === other.create
        ? { create: own.create, m: Math.max(own.m, other.m), n: Math.max(own.n, other.n) }
        : other,
    ),
  };
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Told apart by what is public of them. What only this device has yet is the newest. */
function withAll(local: Jwk[], remote: Jwk[]): Jwk[] {
  const idOf = ({ x, n }: Jwk) => x ?? n;
  const known = new Set(remote.map(idOf));
  return [...local.filter((one) => !known.has(idOf(one))), ...remote];
}

function mergeRecords<T>(
  base: Record<string, T>,
  local: Record<string, T>,
  remote: Record<string, T>,
  both: (own: T, other: T) => T,
): Record<string, T> {
  const merged: Record<string, T> = { ...remote };
  for (const [name, own] of Object.entries(local)) {
    const other = remote[name];
    if (isSame(own, base[name]) && other !== undefined) continue;
    const isNew = other === undefined || isSame(other, base[name]);
    merged[name] = isNew ? own : both(own, other);
  }
  return merged;
}
