/** Sealed objects: what only who has the key can read. Compact JWE with A256KW and A256GCM (RFC 7516; RFC 7518, 4.4 and 5.3). */
import { CompactEncrypt, compactDecrypt } from "jose";

import { BadObject, readingHeader } from "./bad-object.ts";
import { fromBase64url, fromUtf8 } from "./bytes.ts";
import { type Checks, isOne, isText, type Json, parseExact, requireShape } from "./json.ts";

/** What a sealed object says of itself. */
export type SealedType = "chat-keychain+jwe" | "chat-unlock+jwe" | "chat-msg+jwe";

/** Where keys may come from, and what hides lengths or names other rules (RFC 7515, 4.1; RFC 7516, 4.1; RFC 7518, 4.8.1). */
const refused = ["zip", "crit", "jku", "jwk", "x5u", "x5c", "p2c", "p2s"];
/** A wrapped key of 256 bits, the nonce and the tag of AES-GCM (RFC 3394; RFC 7518, 5.3), in bytes. */
const lengths = { key: 40, nonce: 12, tag: 16 };

/** What stands outside, besides the algorithms: anybody can read it, and nobody can change it. */
export interface SealedHeader {
  typ: SealedType;
}

/** With a fresh content key each time. */
export async function seal(
  header: SealedHeader,
  key: Uint8Array,
  plaintext: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const protectedHeader = { alg: "A256KW", enc: "A256GCM", ...header };
  return new CompactEncrypt(plaintext).setProtectedHeader(protectedHeader).encrypt(key);
}

/**
 * The header of a sealed object of this type; whether it can be opened is not known. Errors: BadObject; `bad_algorithm` for another
 * algorithm or a header that has no place in it.
 */
export function readSealed(text: string, typ: SealedType, mostBytes: number): Json {
  if (!isText(mostBytes)(text)) throw new BadObject(`it has more than ${mostBytes} bytes`);
  const [head, key, nonce, content, tag, ...more] = text.split(".");
  if (!head || !key || !nonce || content === undefined || !tag || more.length > 0)
    throw new BadObject("it is no compact JWE");
  const header = parseExact(fromUtf8(fromBase64url(head)));
  const isRight =
    isOne("A256KW")(header["alg"]) && isOne("A256GCM")(header["enc"]) && isOne(typ)(header["typ"]);
  if (!isRight || refused.some((name) => name in header))
    throw new BadObject(`its header has to be that of ${typ}`, "bad_algorithm");
  requireLength("wrapped key", key, lengths.key);
  requireLength("nonce", nonce, lengths.nonce);
  requireLength("tag", tag, lengths.tag);
  fromBase64url(content);
  return header;
}

/**
 * What stands outside of a sealed object of this type, and nothing else may stand there; it is not opened. Errors: BadObject;
 * `bad_algorithm`.
 */
export function readHeader<H extends SealedHeader>(
  text: string,
  typ: SealedType,
  checks: Checks<Omit<H, "typ">>,
  mostBytes: number,
): H {
  const { alg: _, enc: __, ...own } = readSealed(text, typ, mostBytes);
  return readingHeader("its header", () =>
    requireShape<H>(own, { typ: isOne(typ), ...checks } as unknown as Checks<H>),
  );
}

/** What is inside; its header has been read. Errors: BadObject where another key sealed it, or it was altered. */
export async function unseal(text: string, key: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { plaintext } = await compactDecrypt(text, key, {
      keyManagementAlgorithms: ["A256KW"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return new Uint8Array(plaintext);
  } catch {
    throw new BadObject("this key does not open it");
  }
}

function requireLength(what: string, text: string, length: number): void {
  if (fromBase64url(text).length !== length) throw new BadObject(`its ${what} has to have ${length} bytes`);
}
