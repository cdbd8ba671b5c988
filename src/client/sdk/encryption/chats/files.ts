/** Files of encrypted chats. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import { openFile, requireAttachment, sealFile, tagBytes } from "../../crypto/attachment.ts";
import type { Attachment, SealedFile } from "../../files/attachment.ts";
import type { MessageBody } from "../../crypto/message.ts";
import type { DownloadOptions } from "../../files/download.ts";
import type { FileToSend } from "../../files/multipart.ts";
import type { SealedFiles } from "../../outbox/sealing.ts";
import type { Inside, ShownFile } from "../../replica/opened.ts";
import type { Media, Message } from "../../wire.ts";
import type { Ports } from "../part-types.ts";

/** Characters of a name, and of a type. */
const mostText = 255;

/** By what was shown of them, so that no key is in what programs write down of messages. */
const attachments = new WeakMap<object, Attachment>();

/**
 * Each file under a new key. The sealed pieces are a blob, so that an upload that begins anew sends the same bytes: browsers may keep that on the
 * disk, Bun and Node have it in memory until it is uploaded, and twice for a moment. Errors: `file_missing`.
 */
export async function sealFiles(files: readonly FileToSend[], error: Ports["error"]): Promise<SealedFiles> {
  const sealed: { blob: Blob; said: Omit<SealedFile, "media_id"> }[] = [];
  for (const one of files) sealed.push(await sealOne(one, error));
  const name = files[0]?.name ?? "";
  return {
    files: sealed.map(({ blob }) => ({ name: "file", blob })),
    named(media) {
      const [file, thumbnail = null] = sealed.map(({ said }, i): SealedFile => {
        const media_id = media[i]?.id;
        if (media_id === undefined) throw error("no_answer", "The server did not say what it has.");
        return { media_id, ...said };
      });
      if (!file) throw error("file_missing", "There is no file.");
      // The end of a name says more of it.
      return { ...file, name: name.slice(-mostText), thumbnail };
    },
  };
}

async function sealOne({ name, blob }: FileToSend, error: Ports["error"]) {
  const { secret, sealed, digest } = sealFile(readable(blob, name, error));
  const pieces: Blob[] = [];
  let size = 0;
  for await (const piece of sealed) {
    pieces.push(new Blob([piece]));
    size += piece.length - tagBytes;
  }
  const type = blob.type.slice(0, mostText) || "application/octet-stream";
  return { blob: new Blob(pieces), said: { ...secret, size, sha256: digest(), type } };
}

/** Other than `for await` over the stream itself, browsers know it. */
async function* readable(blob: Blob, name: string, error: Ports["error"]): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw error("file_missing", `${name} cannot be read any more.`);
    });
    if (done) return;
    yield value;
  }
}

/** Errors: as of `FileOpener`. */
export async function* openFileOf(
  media: object,
  { thumbnail: isThumbnail, from = 0, onProgress }: DownloadOptions,
  read: (id: number) => AsyncIterable<Uint8Array>,
  error: Ports["error"],
): AsyncGenerator<Uint8Array> {
  const attachment = attachments.get(media);
  if (!attachment)
    throw error("not_opened", "This file is encrypted, and not as an opened message shows it.");
  const file = isThumbnail ? attachment.thumbnail : attachment;
  if (!file) throw error("no_thumbnail", "Its sender has made no thumbnail of it.");
  let position = 0;
  try {
    for await (const bytes of openFile(read(file.media_id), file)) {
      const start = position;
      position += bytes.length;
      if (position <= from) continue;
      onProgress?.(position, file.size);
      yield bytes.subarray(Math.max(0, from - start));
    }
  } catch (why) {
    if (!(why instanceof BadObject)) throw why;
    throw error("file_damaged", damaged);
  }
}

const damaged = "It is not the file that the message names: it is another one, was changed, or is not whole.";

/** The files that a message names, each with what is shown of it where the server has it. Errors: BadObject for what names no file. */
export function filesIn(body: MessageBody, message: Message): ShownFile[] {
  return body.attachments.map((one) => {
    const named = requireAttachment(one);
    const isThere = idsOf(named).every((id) =>
      message.media.some((sent) => sent.id === id && sent.encrypted),
    );
    const media = isThere ? toMedia(named, message) : undefined;
    if (media) attachments.set(media, named);
    return { named, media };
  });
}

/** What is wrong with the files that the server shows with a message, for people. */
export function problemsOf({ files }: Inside, { media }: Message): string[] {
  const named = new Set(files.flatMap((one) => idsOf(one.named)));
  const isLost = files.some((one) => !one.media);
  const isForeign = media.some((one) => !named.has(one.id));
  return [
    ...(isLost ? ["A file that it names is not there as it was sent, and is not shown."] : []),
    ...(isForeign ? ["The server shows a file with it that it does not name: that is left out."] : []),
  ];
}

function idsOf({ media_id, thumbnail }: Attachment): number[] {
  return thumbnail ? [media_id, thumbnail.media_id] : [media_id];
}

/** Nothing in it is the server's word. */
function toMedia({ media_id: id, name, type, size, thumbnail }: Attachment, message: Message): Media {
  return {
    id,
    message_id: message.id,
    filename: safeName(name),
    original_filename: name,
    file_size: size,
    mime_type: type,
    media_type: kindOf(type),
    width: null,
    height: null,
    duration: null,
    waveform: null,
    encrypted: true,
    state: "ready",
    metadata_removed: false,
    has_thumbnail: thumbnail !== null,
    url: `/api/media/${id}`,
    thumbnail_url: null,
    created_at: message.created_at,
  };
}

/** Whoever wrote it has chosen the name: no path, nothing hidden, nothing that turns the direction of text. */
function safeName(name: string): string {
  const safe = name
    .replace(/[/\\\p{Cc}\p{Cf}\u2028\u2029<>:"|?*]/gu, "_")
    .replace(/^[.\s]+/, "")
    .replace(/^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i, "_$1")
    .trimEnd();
  return safe === "" ? "file" : safe;
}

function kindOf(type: string): Media["media_type"] {
  const [kind] = type.split("/");
  return kind === "image" || kind === "video" || kind === "audio" ? kind : "document";
}
