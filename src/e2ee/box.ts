/** Boxes: messages to people and not to a chat, for programs that have the server encrypt. Never taken for a chat's. */
import { BadObject } from "./bad-object.ts";
import { fromUtf8, utf8 } from "./bytes.ts";
import { encloseFor, type General, openFor, readGeneral } from "./general.ts";
import { type Checks, isBytes, isCount, isId, isOne, isText, parseExact, requireShape } from "./json.ts";
import { readSigned, sign, type Signed } from "./signed.ts";

export interface Box {
  v: 1;
  /** The server's id. */
  iss: string;
  from: number;
  to: number[];
  /** 16 random bytes. */
  mid: string;
  /** Milliseconds since 1970. */
  at: number;
  text: string;
}

/** In bytes, with all around it: some 7,000 of text for one person. */
export const mostBoxBytes = 16_384;

/** Signed where there is an author, else a bare payload that proves nothing. Errors: BadObject where it would be too large. */
export async function sealBox(
  box: Box,
  author: { kid: string; privateKey: CryptoKey } | undefined,
  recipients: readonly { kid: string; publicKey: CryptoKey }[],
): Promise<string> {
  const inner = author ? await sign("box+jws", box, author.kid, author.privateKey) : JSON.stringify(box);
  const text = await encloseFor(recipients, { typ: "box+jwe" }, utf8(inner));
  if (text.length > mostBoxBytes) throw new BadObject(`encrypted it has more than ${mostBoxBytes} bytes`);
  return text;
}

/** A box that nobody has opened. Errors: BadObject for anything else. */
export function readBox(text: string): General {
  const header = { enc: isOne("A256GCM"), typ: isOne("box+jwe") };
  return readGeneral(text, header, isText(mostBoxBytes), mostBoxBytes);
}

/**
 * What is inside. Whether a signature is right is checked by who knows the author; without `signed` anybody may have written it. Errors: BadObject.
 */
export async function openBox(
  text: string,
  iss: string,
  own: { kid: string; privateKey: CryptoKey }[],
): Promise<{ box: Box; signed: Signed<Box> | undefined }> {
  const general = readBox(text);
  const key = own.find(({ kid }) => general.recipients.has(kid));
  if (!key) throw new BadObject("it is not encrypted for this key");
  const inner = fromUtf8(await openFor(key, general));
  const checks = checksOf(iss);
  if (inner.startsWith("{")) return { box: requireShape<Box>(parseExact(inner), checks), signed: undefined };
  const signed = await readSigned<Box>(inner, "box+jws", checks, mostBoxBytes);
  return { box: signed.payload, signed };
}

function checksOf(iss: string): Checks<Box> {
  return {
    v: isOne(1),
    iss: isOne(iss),
    from: isId,
    to: (some): some is number[] => Array.isArray(some) && some.length > 0 && some.every(isId),
    mid: isBytes(16),
    at: isCount,
    text: isText(mostBoxBytes),
  };
}
