/** Bytes and their texts, as the objects of encryption write them. */
import { base64url } from "jose";

import { BadObject } from "./bad-object.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** Errors: BadObject where it is no UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BadObject("it is not UTF-8");
  }
}

export function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

/** Without padding (RFC 4648, section 5). */
export const toBase64url = (bytes: Uint8Array): string => base64url.encode(bytes);

/** Errors: BadObject for a text that is not the one way to write its bytes. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  // One symbol alone is less than a byte.
  const isPossible = /^[\w-]*$/.test(text) && text.length % 4 !== 1;
  const bytes = isPossible ? new Uint8Array(base64url.decode(text)) : undefined;
  if (!bytes || toBase64url(bytes) !== text)
    throw new BadObject("its base64url is not as it has to be written");
  return bytes;
}

export async function sha256Bytes(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** In base64url. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64url(await sha256Bytes(bytes));
}
