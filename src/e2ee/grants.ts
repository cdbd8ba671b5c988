/** Grants as the server sees them: sealed for one person by RSA-OAEP-256 and A256GCM, as compact JWE (RFC 7516, 7.1). */
import { BadObject, readingHeader } from "./bad-object.ts";
import { fromBase64url, fromUtf8 } from "./bytes.ts";
import { isHash, isOne, parseExact, requireShape } from "./json.ts";

export interface GrantHeader {
  alg: "RSA-OAEP-256";
  enc: "A256GCM";
  typ: "chat-grant+jwe";
  /** The encryption key that it is for. */
  kid: string;
}

/** What stands outside of a grant; it is not opened. Errors: BadObject; `bad_algorithm`. */
export function readGrantHeader(text: string, mostBytes: number): GrantHeader {
  if (text.length > mostBytes) throw new BadObject(`it has more than ${mostBytes} bytes`);
  const [head = "", ...parts] = text.split(".");
  if (parts.length !== 4) throw new BadObject("it is no compact JWE");
  for (const one of parts) fromBase64url(one);
  return readingHeader("its header", () =>
    requireShape<GrantHeader>(parseExact(fromUtf8(fromBase64url(head))), {
      alg: isOne("RSA-OAEP-256"),
      enc: isOne("A256GCM"),
      typ: isOne("chat-grant+jwe"),
      kid: isHash,
    }),
  );
}
