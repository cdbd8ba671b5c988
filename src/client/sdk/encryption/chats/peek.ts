import { fromBase64url, fromUtf8 } from "../../../../e2ee/bytes.ts";

/** What a signed object says that nobody has checked: for finding what checks it. Nothing where it cannot be read. */
export function peek<T>(compact: string): Partial<T> {
  return read(compact.split(".")[1]);
}

/** The same of the header of a compact JWS or JWE. */
export function peekHeader<T>(compact: string): Partial<T> {
  return read(compact.split(".", 1)[0]);
}

function read<T>(part: string | undefined): Partial<T> {
  try {
    return JSON.parse(fromUtf8(fromBase64url(part ?? ""))) as Partial<T>;
  } catch {
    return {};
  }
}
