import { type Checks, type Json } from "./json.ts";
/** What a sealed object says of itself. */
export type SealedType = "chat-keychain+jwe" | "chat-unlock+jwe" | "chat-msg+jwe";
/** What stands outside, besides the algorithms: anybody can read it, and nobody can change it. */
export interface SealedHeader {
  typ: SealedType;
}
/** With a fresh content key each time. */
export declare function seal(
  header: SealedHeader,
  key: Uint8Array,
  plaintext: Uint8Array<ArrayBuffer>,
): Promise<string>;
/**
 * The header of a sealed object of this type; whether it can be opened is not known. Errors: BadObject; `bad_algorithm` for another
 * algorithm or a header that has no place in it.
 */
export declare function readSealed(text: string, typ: SealedType, mostBytes: number): Json;
/**
 * What stands outside of a sealed object of this type, and nothing else may stand there; it is not opened. Errors: BadObject;
 * `bad_algorithm`.
 */
export declare function readHeader<H extends SealedHeader>(
  text: string,
  typ: SealedType,
  checks: Checks<Omit<H, "typ">>,
  mostBytes: number,
): H;
/** What is inside; its header has been read. Errors: BadObject where another key sealed it, or it was altered. */
export declare function unseal(text: string, key: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
