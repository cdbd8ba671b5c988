/** Sealed objects: compact JWE (RFC 7516) under a symmetric key. What is inside only those know who have the key. */
import { BadObject } from "./bad-object.ts";
import { fromBase64url, fromUtf8 } from "./bytes.ts";
import { isOne, isText, type Json, parseExact } from "./json.ts";

/** What a sealed object says of itself. */
export type SealedType = "chat-keychain+jwe" | "chat-unlock+jwe" | "chat-msg+jwe";

/** Where keys may come from, and what hides lengths or names other rules (RFC 7515, 4.1; RFC 7516, 4.1; RFC 7518, 4.8.1). */
const refused = ["zip", "crit", "jku", "jwk", "x5u", "x5c", "p2c", "p2s"];
/** A wrapped key of 256 bits, the nonce and the tag of AES-GCM (RFC 3394; RFC 7518, 5.3), in bytes. */
const lengths = { key: 40, nonce: 12, tag: 16 };

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

function requireLength(what: string, text: string, length: number): void {
  if (fromBase64url(text).length !== length) throw new BadObject(`its ${what} has to have ${length} bytes`);
}
