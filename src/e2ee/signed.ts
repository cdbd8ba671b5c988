/** Signed objects: JWS with ES256 (RFC 7515, RFC 7518 3.4), as strictly as two sides have to agree on their bytes. */
import { CompactSign, compactVerify, importJWK } from "jose";

import { BadObject, readingHeader } from "./bad-object.ts";
import { fromBase64url, fromUtf8, sha256, utf8 } from "./bytes.ts";
import { type Checks, isHash, isJson, isOne, isText, type Json, parseExact, requireShape } from "./json.ts";
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

interface Header {
  alg: "ES256";
  typ: SignedType;
  kid: string;
}

/** A signed object whose signatures have not been looked at. */
export interface Signed<T> {
  payload: T;
  /** H: SHA-256 of what is signed (of the first signature), never of a signature itself, of which there are two for each. */
  hash: string;
  /** Which keys are said to have signed it, each with its signature in the compact form. */
  signatures: readonly { kid: string; compact: string }[];
}

/** In the compact form. */
export async function sign<T extends object>(
  typ: SignedType,
  payload: T,
  kid: string,
  privateKey: CryptoKey,
): Promise<string> {
  const header: Header = { alg: "ES256", typ, kid };
  return new CompactSign(utf8(JSON.stringify(payload))).setProtectedHeader({ ...header }).sign(privateKey);
}

/** Two signatures of one payload as one object, in the general form (RFC 7515, 7.2.1). */
export function signedByBoth(first: string, second: string): string {
  const [payload, ...signatures] = [first, second]
    .map((one) => one.split("."))
    .flatMap(([head, body, signature], i) => {
      const own = { protected: head, signature };
      return i === 0 ? [body, own] : [own];
    });
  return JSON.stringify({ payload, signatures });
}

/** Reads an object of this type. Errors: BadObject; `unsigned` for what is no JWS, `bad_algorithm` for another algorithm or header. */
export async function readSigned<T extends object>(
  text: string,
  typ: SignedType,
  checks: Checks<T>,
  mostBytes: number,
): Promise<Signed<T>> {
  if (text.length > mostBytes) throw new BadObject(`it has more than ${mostBytes} bytes`);
  const compacts = text.startsWith("{") ? partsOf(text) : [text];
  const [first] = compacts;
  const parts = compacts.map((one) => readCompact(one, typ));
  const signatures = parts.map(({ kid }, i) => ({ kid, compact: compacts[i] ?? "" }));
  const payload = requireShape<T>(parseExact(fromUtf8(fromBase64url(parts[0]?.body ?? ""))), checks);
  return { payload, hash: await hashOf(first ?? ""), signatures };
}

/** Errors: BadObject where this key has not signed it, or its signature is wrong. */
export async function verify({ signatures }: Signed<object>, key: SigningKey, kid: string): Promise<void> {
  const own = signatures.find((one) => one.kid === kid);
  if (!own) throw new BadObject("somebody else has signed it");
  try {
    await compactVerify(own.compact, await importJWK({ ...key, alg: "ES256" }, "ES256"), {
      algorithms: ["ES256"],
    });
  } catch {
    throw new BadObject("its signature is wrong");
  }
}

function partsOf(text: string): string[] {
  const isList = (value: unknown): value is Json[] =>
    Array.isArray(value) && value.length === 2 && value.every(isJson);
  const object = parseExact(text);
  if (!("signatures" in object)) throw new BadObject("it is not signed", "unsigned");
  const { payload, signatures } = requireShape<{ payload: string; signatures: Json[] }>(object, {
    payload: isText(text.length),
    signatures: isList,
  });
  return signatures.map((one) => {
    const own = requireShape<{ protected: string; signature: string }>(one, {
      protected: isText(1000),
      signature: isText(100),
    });
    return `${own.protected}.${payload}.${own.signature}`;
  });
}

function readCompact(text: string, typ: SignedType): { kid: string; body: string } {
  const [head, body, signature, ...more] = text.split(".");
  if (!head || !body || !signature || more.length > 0)
    throw new BadObject("it is no compact JWS", "unsigned");
  if (fromBase64url(signature).length !== 64) throw new BadObject("its signature is no one of ES256");
  return { kid: readHeader(head, typ).kid, body };
}

function readHeader(head: string, typ: SignedType): Header {
  return readingHeader("its header", () => {
    const header = parseExact(fromUtf8(fromBase64url(head)));
    return requireShape<Header>(header, { alg: isOne("ES256"), typ: isOne(typ), kid: isHash });
  });
}

/** H of a compact JWS. */
export function hashOf(compact: string): Promise<string> {
  return sha256(utf8(compact.slice(0, compact.lastIndexOf("."))));
}
