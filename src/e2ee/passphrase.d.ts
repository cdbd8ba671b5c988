import { type Check } from "./json.ts";
/** How slowly. */
export interface KdfParameters {
  /** Of memory, in KiB. */
  m: number;
  /** Passes over it. */
  t: number;
  /** Lanes. */
  p: number;
  /** In base64url. */
  salt: string;
}
export declare function makeKdfParameters(): KdfParameters;
/** Whether they are neither too weak nor too slow. */
export declare const isKdfParameters: Check<KdfParameters>;
/** Argon2id with a tag of 32 bytes. Each side brings its own, so that nobody waits meanwhile: a browser has none built in. */
export type Argon2id = (
  passphrase: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  cost: Omit<KdfParameters, "salt">,
) => Promise<Uint8Array>;
/** 32 bytes. People type the same letters in several ways: they are composed first (Unicode, NFC). */
export declare function passphraseWrap(
  {
    passphrase,
    argon2id,
  }: {
    passphrase: string;
    argon2id: Argon2id;
  },
  { salt, ...cost }: KdfParameters,
): Promise<Uint8Array>;
