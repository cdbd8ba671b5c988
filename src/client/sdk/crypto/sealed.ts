/** Sealed objects: what only who has the key can read. Compact JWE with A256KW and A256GCM (RFC 7516; RFC 7518, 4.4 and 5.3). */
import { CompactEncrypt, compactDecrypt } from "jose";

import { BadObject } from "../../../e2ee/bad-object.ts";
import { type Checks, isOne, requireShape } from "../../../e2ee/json.ts";
import { readSealed, type SealedType } from "../../../e2ee/sealed.ts";

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
  try {
    return requireShape<H>(own, { typ: isOne(typ), ...checks } as unknown as Checks<H>);
  } catch (error) {
    throw error instanceof BadObject ? new BadObject(`its header: ${error.message}`, "bad_algorithm") : error;
  }
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
