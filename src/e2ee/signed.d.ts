import { type Checks } from "./json.ts";
import type { SigningKey } from "./keys.ts";
/** What a signed object says of itself, outside and inside. */
export type SignedType =
  | "chat-key+jws"
  | "chat-member+jws"
  | "chat-epoch+jws"
  | "chat-msg+jws"
  | "chat-grant+jws"
  | "chat-confirm+jws"
  | "box+jws";
/** A signed object whose signatures have not been looked at. */
export interface Signed<T> {
  payload: T;
  /** H: SHA-256 of what is signed (of the first signature), never of a signature itself, of which there are two for each. */
  hash: string;
  /** Which keys are said to have signed it, each with its signature in the compact form. */
  signatures: readonly {
    kid: string;
    compact: string;
  }[];
}
/** In the compact form. */
export declare function sign<T extends object>(
  typ: SignedType,
  payload: T,
  kid: string,
  privateKey: CryptoKey,
): Promise<string>;
/** Two signatures of one payload as one object, in the general form (RFC 7515, 7.2.1). */
export declare function signedByBoth(first: string, second: string): string;
/** Reads an object of this type. Errors: BadObject; `unsigned` for what is no JWS, `bad_algorithm` for another algorithm or header. */
export declare function readSigned<T extends object>(
  text: string,
  typ: SignedType,
  checks: Checks<T>,
  mostBytes: number,
): Promise<Signed<T>>;
/** Errors: BadObject where this key has not signed it, or its signature is wrong. */
export declare function verify({ signatures }: Signed<object>, key: SigningKey, kid: string): Promise<void>;
