/** What is encrypted for several people at once: general JWE with RSA-OAEP-256 and A256GCM (RFC 7516, 7.2.1; RFC 7518, 4.3 and 5.3). */
import { flattenedDecrypt, GeneralEncrypt } from "jose";

import { BadObject, readingHeader } from "./bad-object.ts";
import { fromBase64url, fromUtf8 } from "./bytes.ts";
import { type Check, type Checks, isBytes, isHash, isOne, isText, parseExact, requireShape } from "./json.ts";

interface GeneralJwe {
  protected: string;
  recipients: unknown[];
  iv: string;
  ciphertext: string;
  tag: string;
}

interface Recipient {
  header: { alg: "RSA-OAEP-256"; kid: string };
  encrypted_key: string;
}

/** One that has been read, and not been opened. */
export interface General {
  envelope: GeneralJwe;
  /** By the key that each is for. */
  recipients: ReadonlyMap<string, Recipient>;
}

/** Encrypts `plaintext` once, and its key for each of the recipients. */
export async function encloseFor(
  recipients: readonly { kid: string; publicKey: CryptoKey }[],
  header: { typ: string },
  plaintext: Uint8Array,
): Promise<string> {
  const encrypt = new GeneralEncrypt(plaintext).setProtectedHeader({ enc: "A256GCM", ...header });
  for (const { kid, publicKey } of recipients) {
    encrypt.addRecipient(publicKey).setUnprotectedHeader({ alg: "RSA-OAEP-256", kid });
  }
  const { ciphertext, iv, tag, protected: head, recipients: made } = await encrypt.encrypt();
  return JSON.stringify({ protected: head, recipients: made, iv, ciphertext, tag });
}

/**
 * Reads one with this header and a ciphertext of this shape. What is inside only its recipients can check. Errors: BadObject;
 * `duplicate_recipient`; `bad_algorithm`.
 */
export function readGeneral<H extends object>(
  text: string,
  header: Checks<H>,
  isContent: Check<string>,
  mostBytes: number,
): General {
  if (text.length > mostBytes) throw new BadObject(`it has more than ${mostBytes} bytes`);
  const isList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0;
  const envelope = requireShape<GeneralJwe>(parseExact(text), {
    protected: isText(1000),
    recipients: isList,
    iv: isBytes(12),
    ciphertext: isContent,
    tag: isBytes(16),
  });
  for (const one of [envelope.iv, envelope.ciphertext, envelope.tag]) fromBase64url(one);
  requireShape<H>(parseExact(fromUtf8(fromBase64url(envelope.protected))), header);
  const recipients = new Map<string, Recipient>();
  for (const one of envelope.recipients) {
    const recipient = readRecipient(one);
    const { kid } = recipient.header;
    if (recipients.has(kid)) throw new BadObject("somebody is in it twice", "duplicate_recipient");
    recipients.set(kid, recipient);
  }
  return { envelope, recipients };
}

/** What is inside, by the recipient that this key is for, and by no other. Errors: BadObject where there is none, or it does not open. */
export async function openFor(
  own: { kid: string; privateKey: CryptoKey },
  { envelope, recipients }: General,
): Promise<Uint8Array> {
  const mine = recipients.get(own.kid);
  if (!mine) throw new BadObject("it is not encrypted for this key");
  const { protected: head, iv, ciphertext, tag } = envelope;
  try {
    const flattened = { protected: head, iv, ciphertext, tag, ...mine };
    const { plaintext } = await flattenedDecrypt(flattened, own.privateKey, {
      keyManagementAlgorithms: ["RSA-OAEP-256"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return plaintext;
  } catch {
    throw new BadObject("it does not open");
  }
}

function readRecipient(value: unknown): Recipient {
  const isObject = (one: unknown): one is object => typeof one === "object" && one !== null;
  if (!isObject(value)) throw new BadObject("a recipient is missing");
  const recipient = requireShape<Recipient>(value as never, {
    header: (one): one is Recipient["header"] => isObject(one),
    encrypted_key: isText(700),
  });
  fromBase64url(recipient.encrypted_key);
  readingHeader("a recipient", () =>
    requireShape<Recipient["header"]>(recipient.header as never, { alg: isOne("RSA-OAEP-256"), kid: isHash }),
  );
  return recipient;
}
