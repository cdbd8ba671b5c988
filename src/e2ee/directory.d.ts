import { type EncryptionKey, type SigningKey } from "./keys.ts";
export interface DirectoryEntry {
  v: 1;
  /** The server's id. */
  iss: string;
  /** Whose keys they are. */
  sub: number;
  /** From 1. */
  seq: number;
  /** H of the entry before; null in the first. */
  prev: string | null;
  sig: SigningKey;
  enc: EncryptionKey;
  /** Who has made the keys: of those that a server has made it can know all. */
  custody: "client" | "server";
  reason: "init" | "rotate" | "reset";
  /** Seconds since 1970. */
  iat: number;
}
/** What an entry needs of the one before it. */
export type EntryBefore = Pick<Entry, "seq" | "hash" | "sig" | "sigKid" | "encKid" | "custody">;
/** An entry that has been checked. */
export interface Entry extends DirectoryEntry {
  /** As it came. */
  text: string;
  hash: string;
  sigKid: string;
  encKid: string;
}
/** Two keys, two signatures and two headers, three times over. */
export declare const mostEntryBytes = 8192;
/**
 * Reads the entry that follows `before`, the first where that is undefined. Errors: BadObject for anything that does not follow from it:
 * another person's, one that leaves something out, an identity that changes without the old one's word and is no `reset`.
 */
export declare function readEntry(
  text: string,
  {
    iss,
    sub,
    before,
  }: {
    iss: string;
    sub: number;
    before: EntryBefore | undefined;
  },
): Promise<Entry>;
