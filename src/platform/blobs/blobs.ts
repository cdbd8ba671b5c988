/** A bucket of blobs: what people sent, or what can be made from it again. */
export type Bucket = "media" | "thumbnails";

/** The bytes of one upload while they arrive. */
export interface Incoming {
  /**
   * `bytes` may be reused once it settles. One call at a time. Errors: ChatError `storage_full`; then only `discard`.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the upload. Settles when all of it would survive a power cut. Errors: ChatError `storage_full`. */
  finish(): Promise<{ size: number; sha256: string }>;
  /** Bytes from `from` to `to` (not included), between `finish` and `keep`; fewer where it ends. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** Makes it a blob, after `finish`. Settles when the blob would survive a power cut. */
  keep(key: string): Promise<void>;
  /** Deletes the bytes, unless they have been kept. Never fails. */
  discard(): Promise<void>;
}

/**
 * Blob storage. Each blob has a random key (`newKey`), never changes, and never replaces another. The database knows
 * which keys there are. Writing, reading and hashing happen beside the event loop.
 */
export interface Blobs {
  /**
   * Begins an upload. What a stopped server had not kept is gone at the next start. Errors: ChatError `storage_full`.
   */
  receive(): Promise<Incoming>;
  /** The path of a temporary file on this machine, to be written, and then adopted or dropped. */
  scratch(): string;
  /** Removes a file of `scratch`, if it is still there. */
  drop(file: string): Promise<void>;
  /**
   * Makes a file of `scratch` a blob, and answers its size; undefined where there is no file. Settles when the blob
   * would survive a power cut.
   */
  adopt(file: string, key: string): Promise<number | undefined>;
  /** A path of this machine where the bytes can be read until they are removed. */
  path(key: string): Promise<string>;
  /** The bytes, read lazily; undefined where there are none. */
  open(key: string): Promise<Blob | undefined>;
  /**
   * Deletes blobs so that a power cut does not bring them back; missing ones are no error. Returns the keys that could
   * not be deleted.
   */
  remove(keys: readonly string[]): Promise<string[]>;
  /** Errors: ChatError `storage_full` when there is no room for so many bytes more. */
  requireRoom(bytes: number): Promise<void>;
  /** Called last, when nothing uses it any more. */
  close(): Promise<void>;
}

/** A new random key: it cannot be guessed, and says nothing of the content. */
export function newKey(bucket: Bucket): string {
  return `${bucket}/${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex")}`;
}
