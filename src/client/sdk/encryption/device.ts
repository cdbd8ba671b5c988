/** What a device keeps for itself: the key of the keychain, what is in it, and how far the directory had come. */
import type { Keychain } from "../../../e2ee/keychain.ts";
import type { EncryptionProblem, EncryptionState } from "./types.ts";

/** How far somebody's chain was. */
export interface Seen {
  seq: number;
  /** H of that entry. */
  hash: string;
}

export interface Device {
  /** The server's id. */
  iss: string;
  /** The key of the keychain, in base64url. */
  key: string;
  /** The version that the server has: its number, and what is in it. */
  ver: number;
  base: Keychain;
  /** What is to be in it. */
  local: Keychain;
  state: EncryptionState;
  custody: "client" | "server";
  /** The thumbprint of the signing key that the directory names. */
  ik: string;
  /** By user; one's own as well. */
  seen: Record<string, Seen>;
  problems: EncryptionProblem[];
}

/** What is under way to the server: it may have it already, because answers are lost. */
export interface Next {
  iss: string;
  key: string;
  local: Keychain;
  /** A first entry, or a reset, which comes with the keychain. */
  entry?: string | undefined;
}

export interface Kept {
  v: 1;
  user: number;
  device?: Device | undefined;
  next?: Next | undefined;
}

/** Nothing where it is another person's, or cannot be read. */
export function readKept(text: string | undefined, user: number): Kept {
  const nothing: Kept = { v: 1, user };
  try {
    const kept = JSON.parse(text ?? "null") as Kept | null;
    return kept?.v === 1 && kept.user === user ? kept : nothing;
  } catch {
    return nothing;
  }
}
