/**
 * Files of encrypted chats: AES-256-GCM in pieces, so that a large one is never in memory as a whole, and none can be left out, moved or
 * cut off (STREAM; Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015).
 */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { concat, fromBase64url, toBase64url } from "../../../e2ee/bytes.ts";
import {
  type Checks,
  isBytes,
  isCount,
  isHash,
  isJson,
  isText,
  type Json,
  orNull,
  requireShape,
} from "../../../e2ee/json.ts";
import type { Attachment, SealedFile } from "../files/attachment.ts";
import { Sha256 } from "./sha256.ts";

/** What is known before the upload. */
export type Sealed = Pick<SealedFile, "key" | "nonce">;

/** Characters of a name, and of a type. */
const mostText = 255;

/** Bytes of the file in each piece but the last. */
export const pieceBytes = 1_048_576;
export const tagBytes = 16;
const algorithm = "AES-GCM";

/** The size of what is uploaded. */
export function sealedSize(size: number): number {
  return size + Math.max(1, Math.ceil(size / pieceBytes)) * tagBytes;
}

/** A new key, and what seals a file with it. `digest` has the SHA-256 once all has been read. */
export function sealFile(bytes: AsyncIterable<Uint8Array>): {
  secret: Sealed;
  sealed: AsyncGenerator<Uint8Array<ArrayBuffer>>;
  digest(): string;
} {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(7));
  let digest = "";
  async function* sealed() {
    const hasher = new Sha256();
    const secret = await crypto.subtle.importKey("raw", key, algorithm, false, ["encrypt"]);
    for await (const { piece, index, isLast } of pieces(bytes, pieceBytes)) {
      const how = { name: algorithm, iv: nonceOf(nonce, index, isLast) };
      const out = new Uint8Array(await crypto.subtle.encrypt(how, secret, piece));
      hasher.update(out);
      yield out;
    }
    digest = toBase64url(hasher.digest());
  }
  return {
    secret: { key: toBase64url(key), nonce: toBase64url(nonce) },
    sealed: sealed(),
    digest: () => digest,
  };
}

/**
 * The bytes of a file, piece by piece: none is given out before it has been checked. Errors: BadObject where it is not the file that the
 * message names, as soon as that is known.
 */
export async function* openFile(
  sealed: AsyncIterable<Uint8Array>,
  attachment: Pick<SealedFile, "key" | "nonce" | "size" | "sha256">,
): AsyncGenerator<Uint8Array> {
  const hasher = new Sha256();
  const raw = fromBase64url(attachment.key);
  const secret = await crypto.subtle.importKey("raw", raw, algorithm, false, ["decrypt"]);
  const nonce = fromBase64url(attachment.nonce);
  let size = 0;
  for await (const { piece, index, isLast } of pieces(sealed, pieceBytes + tagBytes)) {
    const opened = await decrypt(secret, nonceOf(nonce, index, isLast), piece);
    hasher.update(piece);
    size += opened.length;
    if (isLast) requireWhole(hasher, size, attachment);
    yield opened;
  }
}

const sealedFile: Checks<SealedFile> = {
  media_id: isCount,
  key: isBytes(32),
  nonce: isBytes(7),
  size: isCount,
  sha256: isHash,
  type: isText(mostText),
};

/** Errors: BadObject. */
export function requireAttachment(value: Json): Attachment {
  return requireShape<Attachment>(value, {
    ...sealedFile,
    name: isText(mostText),
    thumbnail: orNull(isSealedFile),
  });
}

function isSealedFile(value: unknown): value is SealedFile {
  return isJson(value) && Boolean(requireShape<SealedFile>(value, sealedFile));
}

function requireWhole(
  hasher: Sha256,
  size: number,
  { size: named, sha256 }: Pick<SealedFile, "size" | "sha256">,
): void {
  if (size !== named || toBase64url(hasher.digest()) !== sha256) {
    throw new BadObject("it is not the file that the message names");
  }
}

async function decrypt(
  key: CryptoKey,
  iv: Uint8Array<ArrayBuffer>,
  piece: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: algorithm, iv }, key, piece));
  } catch {
    throw new BadObject("it is not the file that the message names");
  }
}

/** 7 bytes, the number of the piece in 4, and whether it is the last. */
function nonceOf(prefix: Uint8Array, index: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, index);
  return concat(prefix, number, new Uint8Array([isLast ? 1 : 0]));
}

/** Pieces of one size; the last one may be smaller, and is the only one where there is nothing. */
async function* pieces(bytes: AsyncIterable<Uint8Array>, size: number) {
  let parts: Uint8Array[] = [];
  let length = 0;
  let index = 0;
  for await (const some of bytes) {
    parts.push(some);
    length += some.length;
    // One byte more has to be here, because the last piece is another one.
    if (length <= size) continue;
    let held = concat(...parts);
    for (; held.length > size; held = held.slice(size)) {
      yield { piece: held.slice(0, size), index: index++, isLast: false };
    }
    parts = [held];
    length = held.length;
  }
  yield { piece: concat(...parts), index, isLast: true };
}
