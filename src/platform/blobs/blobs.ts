/** A bucket of blobs: what people sent, or what can be made from it again. */
export type Bucket = "media" | "thumbnails";

/** The bytes of one upload while they arrive. */
export interface Incoming {
  /** Once it settles the bytes may be used again. One at a time. Errors: ChatError `storage_full`; then only `discard`. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more comes. Settles when all of it would survive a power cut. Errors: ChatError `storage_full`. */
  finish(): Promise<{ size: number; sha256: string }>;
  /** Bytes from `from` to `to` (not included), between `finish` and `keep`; fewer where it ends. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** Makes it a blob, after `finish`. Settles when the blob would survive a power cut. */
  keep(key: string): Promise<void>;
  /** Leaves nothing behind; unless it has been kept, in which case it does nothing. Never fails. */
  discard(): Promise<void>;
}

/**
 * Large things, by keys that are made up for each (`newKey`): a blob never changes, and none is ever put in another's
 * place. The database knows which keys there are. What writes, reads and hashes does so beside the event loop.
 */
export interface Blobs {
  /** Begins an upload. What a stopped server had not kept is gone at the next start. Errors: ChatError `storage_full`. */
  receive(): Promise<Incoming>;
  /** A path of this machine for something that is made here, to be adopted or dropped. Nothing is there yet. */
  scratch(): string;
  /** Removes a file of `scratch`, if it is still there. */
  drop(file: string): Promise<void>;
  /**
   * Makes a file of `scratch` a blob, and answers its size; undefined where there is no file. Settles when the blob would
   * survive a power cut.
   */
  adopt(file: string, key: string): Promise<number | undefined>;
  /** A path of this machine where the bytes can be read until they are removed. */
  path(key: string): Promise<string>;
  /** The bytes, read only when somebody does; undefined where there are none. */
  open(key: string): Promise<Blob | undefined>;
  /**
   * Removes them so that a power cut does not bring them back; nothing there is fine. Answers those that could not be
   * removed.
   */
  remove(keys: readonly string[]): Promise<string[]>;
  /** Errors: ChatError `storage_full` when there is no room for so many bytes more. */
  requireRoom(bytes: number): Promise<void>;
  /** When nobody uses it any more. */
  close(): Promise<void>;
}

/** A new key: nobody can guess it, and nothing that people sent is in it. */
export function newKey(bucket: Bucket): string {
  return `${bucket}/${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex")}`;
}
