import type { Change, Kind } from "../replica/rows.ts";
import type { Me } from "../wire.ts";

/** Who is signed in. A browser's page has no refresh token: the server keeps it in a cookie. */
export interface Tokens {
  user: Me;
  access_token: string;
  refresh_token?: string | undefined;
  /** When the access token expires, in milliseconds of the wall clock. */
  expires_at: number;
  /** They are being exchanged: a program that ended before it had the answer has to ask again soon. */
  is_renewing?: boolean | undefined;
}

/** Everything a store has, as it is read at the start. */
export interface Kept {
  /** Up to where `rows` are. */
  cursor: string | undefined;
  rows: Iterable<KeptRow>;
}

export interface KeptRow {
  kind: Kind;
  at: readonly (number | string)[];
  value: unknown;
}

/** From which cursor to which. */
export interface Move {
  from: string | undefined;
  to: string | undefined;
}

/** Whoever runs something alone for so many milliseconds is passed over. */
export const holdsAtMost = 10_000;

/**
 * Where a client keeps what has to survive it. Contract:
 *
 * - `write` is one transaction: all changes and the cursor, or nothing. Writes take effect in the order in which they were
 *   begun. A promise that has resolved survives the end of the program.
 * - `write` with a `move` whose `from` is not the cursor that is stored rejects with `StoreMoved`, and writes nothing:
 *   somebody else goes on from there.
 * - `alone` lets one program at a time run something, among all that use this store. Whoever holds it and ends, or takes
 *   longer than `holdsAtMost`, is passed over.
 */
export interface Store {
  read(): Promise<Kept>;
  write(changes: readonly Change[], move?: Move): Promise<void>;
  /** The session is shared by all programs on this store. */
  tokens(): Promise<Tokens | undefined>;
  keepTokens(tokens: Tokens | undefined): Promise<void>;
  /**
   * What this device keeps of encryption, private keys among it: as a text, which a store may seal by its own means. It is shared by all
   * programs on this store, and ends with the session.
   */
  secret(): Promise<string | undefined>;
  keepSecret(text: string | undefined): Promise<void>;
  alone<T>(run: () => Promise<T>): Promise<T>;
  /** Bytes of a file that waits to be sent. */
  keepFile(id: string, file: Blob): Promise<void>;
  file(id: string): Promise<Blob | undefined>;
  dropFile(id: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * A store says so to a program that wrote and is behind another: what it would write is old.
 *
 * @example
 * const store = memoryStore();
 * await store.write([], { from: undefined, to: "one" });
 * await store.write([], { from: undefined, to: "another" }).catch((error) => {
 *   console.log(error instanceof StoreMoved);
 * });
 */
export class StoreMoved extends Error {
  override readonly name = "StoreMoved";
}
