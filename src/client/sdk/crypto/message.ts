/** Messages of encrypted chats: signed by a device, then sealed under the key of the epoch. */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { fromUtf8, utf8 } from "../../../e2ee/bytes.ts";
import {
  type Checks,
  isBytes,
  isCount,
  isHash,
  isId,
  isOne,
  isText,
  type Json,
  orNull,
  requireShape,
} from "../../../e2ee/json.ts";
import { readHeader, seal, type SealedHeader, unseal } from "../../../e2ee/sealed.ts";
import { readSigned, sign, type Signed } from "../../../e2ee/signed.ts";
import { paddedSize } from "./padding.ts";

/** A version of a message, by its device and number. */
export type VersionOf = [device: string, ctr: number, hash: string];

export interface MessageBody {
  type: "text" | "file" | "edit" | "delete";
  text: string;
  mentions: number[];
  /** The message that is replied to: its `client_id` and H. */
  reply_to: [mid: string, hash: string] | null;
  attachments: Json[];
  /** Of edits and deletions: every version before. */
  replaces: VersionOf[];
}

/** What is inside. */
export interface EncryptedMessage {
  v: 1;
  iss: string;
  chat: number;
  n: number;
  /** H of the announcement of the epoch. */
  ep: string;
  from: number;
  device: string;
  /** The `client_id` of the call that carries it. */
  mid: string;
  /** Rises by one with each message of the device in the chat. */
  ctr: number;
  /** H of the device's message before, once that was acknowledged. */
  prev: string | null;
  /** The newest message of somebody else that was shown. */
  seen: [seq: number, hash: string] | null;
  /** Milliseconds since 1970. */
  at: number;
  body: MessageBody;
  /** Spaces, up to a size that tells little. */
  pad: string;
}

/** What stands outside. */
export interface MessageHeader extends SealedHeader {
  typ: "chat-msg+jwe";
  /** The thumbprint of the epoch's key. */
  kid: string;
  chat: number;
  n: number;
  from: number;
  mid: string;
}

export interface EpochKey {
  kid: string;
  key: Uint8Array;
}

/** In bytes of the sealed text: the server's limit of encrypted messages. */
const mostBytes = 65_536;
const mostReplaced = 50;

/** Errors: BadObject where it would be larger than the server takes. */
export async function sealMessage(
  message: Omit<EncryptedMessage, "pad">,
  author: { kid: string; privateKey: CryptoKey },
  epoch: EpochKey,
): Promise<{ text: string; hash: string }> {
  const bare = JSON.stringify({ ...message, pad: "" });
  const size = utf8(bare).length;
  const padded = { ...message, pad: " ".repeat(paddedSize(size) - size) };
  const signed = await sign("chat-msg+jws", padded, author.kid, author.privateKey);
  const { chat, n, from, mid } = message;
  const header: MessageHeader = { typ: "chat-msg+jwe", kid: epoch.kid, chat, n, from, mid };
  const text = await seal(header, epoch.key, utf8(signed));
  if (text.length > mostBytes) throw new BadObject(`it has more than ${mostBytes} bytes`);
  return { text, hash: (await readInside(signed, message.iss)).hash };
}

const headerChecks: Checks<Omit<MessageHeader, "typ">> = {
  kid: isHash,
  chat: isId,
  n: isId,
  from: isId,
  mid: isText(64),
};

/** What the server says of the message that carries it. */
export interface Carried {
  chat: number;
  from: number;
  mid: string;
}

/** The epoch that a message is under. Errors: BadObject where it says something else outside than the server does. */
export function readMessageHeader(text: string, carried: Carried): MessageHeader {
  const header = readHeader<MessageHeader>(text, "chat-msg+jwe", headerChecks, mostBytes);
  for (const name of ["chat", "from", "mid"] as const) {
    if (header[name] !== carried[name]) throw new BadObject(`the server says another ${name}`);
  }
  return header;
}

/**
 * Opens a message, in the order of E2EE: key, inner fields against outer ones. Whether its signature is right is checked by who knows the
 * roster. Errors: BadObject.
 */
export async function openMessage(
  text: string,
  header: MessageHeader,
  { iss, ann, key }: { iss: string; ann: string; key: Uint8Array },
): Promise<Signed<EncryptedMessage>> {
  const signed = await readInside(fromUtf8(await unseal(text, key)), iss);
  const { payload } = signed;
  for (const name of ["chat", "n", "from", "mid"] as const) {
    if (payload[name] !== header[name]) throw new BadObject(`inside it has another ${name}`);
  }
  if (payload.ep !== ann) throw new BadObject("it is of another epoch");
  return signed;
}

function readInside(text: string, iss: string): Promise<Signed<EncryptedMessage>> {
  return readSigned<EncryptedMessage>(
    text,
    "chat-msg+jws",
    {
      v: isOne(1),
      iss: isOne(iss),
      chat: isId,
      n: isId,
      ep: isHash,
      from: isId,
      device: isBytes(16),
      mid: isText(64),
      ctr: isId,
      prev: orNull(isHash),
      seen: orNull(isSeen),
      at: isCount,
      body: isBody,
      pad: isText(mostBytes),
    },
    mostBytes,
  );
}

function isSeen(value: unknown): value is [number, string] {
  return Array.isArray(value) && value.length === 2 && isId(value[0]) && isHash(value[1]);
}

function isBody(value: unknown): value is MessageBody {
  if (typeof value !== "object" || value === null) return false;
  const body = requireShape<MessageBody>(value as Json, {
    type: isOne("text", "file", "edit", "delete"),
    text: isText(mostBytes),
    mentions: (some): some is number[] => Array.isArray(some) && some.every(isId),
    reply_to: orNull(isReply),
    attachments: (some): some is Json[] => Array.isArray(some),
    replaces: isReplaced,
  });
  const isChange = body.type === "edit" || body.type === "delete";
  return isChange === body.replaces.length > 0;
}

function isReply(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && isText(64)(value[0]) && isHash(value[1]);
}

function isReplaced(value: unknown): value is VersionOf[] {
  const isVersion = (one: unknown) =>
    Array.isArray(one) && one.length === 3 && isBytes(16)(one[0]) && isId(one[1]) && isHash(one[2]);
  return Array.isArray(value) && value.length <= mostReplaced && value.every(isVersion);
}
