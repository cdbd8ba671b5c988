/**
 * Which files are taken, and as what. The content decides, by a few fixed places of its beginning: nothing here follows
 * what the file says about itself, so no file can make it slow. Whether the rest is what the beginning promises is for
 * the process that looks into it.
 */
import type { MediaType } from "./schema.ts";

/** One kind of content. */
export interface FileType {
  kind: MediaType;
  /** The first is its name; a sender may use any of them. */
  types: readonly [string, ...string[]];
  /** What systems also say of such a file, without meaning it. */
  aliases?: readonly string[];
  /** There is something in it to look at: until then it is pending. */
  inspected?: boolean;
}

const of = (kind: MediaType, types: FileType["types"], ...aliases: string[]): FileType => ({
  kind,
  types,
  aliases,
  inspected: kind !== "document",
});

const openDocument = "application/vnd.oasis.opendocument.";
const officeOpen = "application/vnd.openxmlformats-officedocument.";

const word = `${officeOpen}wordprocessingml.document`;
const excel = `${officeOpen}spreadsheetml.sheet`;
const powerPoint = `${officeOpen}presentationml.presentation`;

/** What is a zip archive at the same time. */
const zipped = (type: string, ...aliases: string[]) => of("document", [type], "application/zip", ...aliases);

const mp4Aliases = ["video/x-m4v", "audio/x-m4a", "audio/m4a", "audio/aac", "application/mp4"];

const known = {
  jpeg: of("image", ["image/jpeg"], "image/jpg", "image/pjpeg"),
  png: of("image", ["image/png", "image/apng"], "image/x-png"),
  gif: of("image", ["image/gif"]),
  webp: of("image", ["image/webp"]),
  avif: of("image", ["image/avif"]),
  heic: of("image", ["image/heic", "image/heif"], "image/heic-sequence", "image/heif-sequence"),
  tiff: of("image", ["image/tiff"], "image/tif", "image/x-tiff"),

  mp4: of("video", ["video/mp4", "audio/mp4", "video/quicktime"], ...mp4Aliases),
  m4a: of("audio", ["audio/mp4", "video/mp4"], ...mp4Aliases),
  quicktime: of("video", ["video/quicktime", "video/mp4", "audio/mp4"], ...mp4Aliases),
  threeGpp: of("video", ["video/3gpp", "audio/3gpp", "video/mp4"], "video/3gpp2", "audio/3gpp2"),
  webm: of("video", ["video/webm", "audio/webm"]),
  matroska: of("video", ["video/x-matroska", "audio/x-matroska"], "video/webm", "application/x-matroska"),
  ogg: of("audio", ["audio/ogg"], "audio/opus", "audio/vorbis", "application/ogg", "audio/x-vorbis+ogg"),
  mp3: of("audio", ["audio/mpeg"], "audio/mp3", "audio/x-mp3", "audio/x-mpeg"),
  aac: of("audio", ["audio/aac"], "audio/x-aac", "audio/aacp", "audio/vnd.dlna.adts", "audio/x-hx-aac-adts"),
  wav: of("audio", ["audio/wav"], "audio/x-wav", "audio/wave", "audio/vnd.wave"),
  flac: of("audio", ["audio/flac"], "audio/x-flac"),

  pdf: of("document", ["application/pdf"], "application/x-pdf"),
  word: zipped(word, "application/msword"),
  excel: zipped(excel, "application/vnd.ms-excel"),
  powerPoint: zipped(powerPoint, "application/vnd.ms-powerpoint"),
  oldOffice: of("document", [
    "application/x-ole-storage",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-outlook",
    "application/vnd.visio",
  ]),
  odt: zipped(`${openDocument}text`),
  ods: zipped(`${openDocument}spreadsheet`),
  odp: zipped(`${openDocument}presentation`),
  odg: zipped(`${openDocument}graphics`),
  epub: zipped("application/epub+zip"),
  rtf: of("document", ["application/rtf", "text/rtf"], "application/msword"),
  zip: of(
    "document",
    // An office document may begin with something that is no sign of its kind.
    [
      "application/zip",
      "application/java-archive",
      "application/vnd.android.package-archive",
      word,
      excel,
      powerPoint,
    ],
    "application/x-zip-compressed",
    "application/x-zip",
  ),
  sevenZip: of("document", ["application/x-7z-compressed"]),
  rar: of("document", ["application/vnd.rar"], "application/x-rar-compressed", "application/x-rar"),
  tar: of("document", ["application/x-tar"]),
  gzip: of(
    "document",
    ["application/gzip"],
    "application/x-gzip",
    "application/x-compressed-tar",
    "application/x-tgz",
  ),
  bzip2: of("document", ["application/x-bzip2"], "application/x-bzip", "application/x-bzip-compressed-tar"),
  xz: of("document", ["application/x-xz"], "application/x-xz-compressed-tar"),
  zstd: of("document", ["application/zstd"], "application/x-zstd"),
  text: of(
    "document",
    [
      "text/plain",
      "text/csv",
      "text/tab-separated-values",
      "text/markdown",
      "text/html",
      "text/css",
      "text/xml",
      "text/calendar",
      "text/vcard",
      "text/javascript",
      "application/json",
      "application/xml",
      "application/xhtml+xml",
      "image/svg+xml",
      "application/yaml",
      "application/sql",
      "application/toml",
      "message/rfc822",
    ],
    // A spreadsheet program's table, and a program whose name ends like that of a transport stream.
    "application/vnd.ms-excel",
    "video/mp2t",
    "video/vnd.dlna.mpeg-tts",
  ),
} satisfies Record<string, FileType>;

/** What is opaque, by its sender's word. */
export const sealed: FileType = { kind: "other", types: ["application/octet-stream"] };

const all: FileType[] = Object.values(known);

/** Bytes at the beginning that decide: enough for the first names in an office document. */
export const headBytes = 16_384;

/** What a file is whose first bytes these are, all of it or `headBytes`; undefined for what is not taken. */
export function typeOf(head: Uint8Array): FileType | undefined {
  const at = (offset: number, text: string) => isAt(head, offset, text);
  if (at(0, "\xff\xd8\xff")) return known.jpeg;
  if (at(0, "\x89PNG\r\n\x1a\n")) return known.png;
  if (at(0, "GIF87a") || at(0, "GIF89a")) return known.gif;
  if (at(0, "II*\0") || at(0, "MM\0*")) return known.tiff;
  if (at(0, "RIFF") && at(8, "WEBP")) return known.webp;
  if (at(0, "RIFF") && at(8, "WAVE")) return known.wav;
  if (at(4, "ftyp")) return typeOfBrand(text(head, 8, 12));
  // QuickTime from before there were brands.
  if (at(4, "moov") || at(4, "mdat") || at(4, "wide")) return known.quicktime;
  if (at(0, "\x1aE\xdf\xa3")) return typeOfDocType(text(head, 0, 64));
  // Theora is film that nothing here reads.
  if (at(0, "OggS")) return text(head, 28, 35) === "\x80theora" ? undefined : known.ogg;
  if (at(0, "fLaC")) return known.flac;
  if (at(0, "ID3")) return known.mp3;
  if (head[0] === 0xff && head.length > 3) return typeOfFrame(head);
  if (at(0, "%PDF-")) return known.pdf;
  if (at(0, "{\\rtf")) return known.rtf;
  if (at(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return known.oldOffice;
  if (at(0, "PK\x03\x04") || at(0, "PK\x05\x06")) return typeOfZip(text(head, 0, headBytes));
  if (at(0, "7z\xbc\xaf\x27\x1c")) return known.sevenZip;
  if (at(0, "Rar!\x1a\x07")) return known.rar;
  if (at(0, "\x1f\x8b\x08")) return known.gzip;
  if (at(0, "BZh")) return known.bzip2;
  if (at(0, "\xfd7zXZ\0")) return known.xz;
  if (at(0, "\x28\xb5\x2f\xfd")) return known.zstd;
  if (at(257, "ustar")) return known.tar;
  return isText(head) ? known.text : undefined;
}

/** Major brands of ISO/IEC 14496-12 and its family. */
function typeOfBrand(brand: string): FileType {
  if (/^avi[fs]$/.test(brand)) return known.avif;
  if (/^(he(ic|ix|im|is|vc|vx)|mif1|msf1)$/.test(brand)) return known.heic;
  if (/^M4[ABP] $/.test(brand)) return known.m4a;
  if (brand === "qt  ") return known.quicktime;
  return brand.startsWith("3g") ? known.threeGpp : known.mp4;
}

function typeOfDocType(beginning: string): FileType {
  return beginning.includes("webm") ? known.webm : known.matroska;
}

/** The header of a frame: MPEG audio (ISO/IEC 11172-3, 2.4.2.3) or ADTS (ISO/IEC 13818-7, 6.2). */
function typeOfFrame(head: Uint8Array): FileType | undefined {
  const [, second = 0, third = 0] = head;
  if ((second & 0xf6) === 0xf0) return known.aac;
  const isLayer3 = (second & 0xe6) === 0xe2 && (second & 0x18) !== 0x08;
  if (isLayer3 && third >> 4 !== 15 && (third & 0x0c) !== 0x0c) return known.mp3;
  // The mark of UTF-16.
  return second === 0xfe ? known.text : undefined;
}

function typeOfZip(beginning: string): FileType {
  // The first entry of OpenDocument and EPUB is their type, stored as it is.
  const [, stated] = /^[^]{30}mimetype(application\/[a-z.+-]{3,60})/.exec(beginning) ?? [];
  const [found] = stated === undefined ? [] : all.filter((one) => stated.startsWith(one.types[0]));
  if (found) return found;
  if (beginning.includes("word/")) return known.word;
  if (beginning.includes("xl/")) return known.excel;
  return beginning.includes("ppt/") ? known.powerPoint : known.zip;
}

const escape = 0x1b;

/** UTF-8 or, by its mark, UTF-16, without control characters that no text has. */
function isText(head: Uint8Array): boolean {
  if (isAt(head, 0, "\xfe\xff")) return true;
  if (head.some((byte) => byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== escape)) return false;
  try {
    // As a stream: the last character may be cut off.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** `text/plain` is what a part of a form is that names no type (RFC 7578, 4.4). */
const saysNothing = ["", "application/octet-stream", "text/plain"];

/**
 * Whether a declared type contradicts what the content is. One that says nothing, or that nobody knows, does not,
 * unless it promises something to see or hear.
 */
export function contradicts(declared: string, type: FileType): boolean {
  if (saysNothing.includes(declared)) return false;
  if (names(type).includes(declared)) return false;
  if (all.some((one) => names(one).includes(declared))) return true;
  const [top] = declared.split("/");
  return ["image", "video", "audio"].includes(top!) && top !== type.kind;
}

/** The type that a file is shown with: the sender's word where it fits. */
export function shownType(declared: string, type: FileType): string {
  return type.types.includes(declared) ? declared : type.types[0];
}

/** `audio/mp4` of a container that turned out to hold sound alone, and the other way round. */
export function withKind(type: string, kind: MediaType): string {
  const [top, sub] = type.split("/");
  if (!["audio", "video"].includes(top!) || !["audio", "video"].includes(kind) || top === kind) return type;
  return `${kind}/${sub === "quicktime" ? "mp4" : sub}`;
}

/** What a browser may show in place: pictures, films and sounds that cannot run anything. */
const inline = new Set([
  "image/png",
  "image/apng",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "video/mp4",
  "video/webm",
  "audio/mpeg",
  "audio/ogg",
  "audio/mp4",
  "audio/webm",
]);

export function isInline(type: string): boolean {
  return inline.has(type);
}

function names({ types, aliases = [] }: FileType): readonly string[] {
  return [...types, ...aliases];
}

function isAt(bytes: Uint8Array, offset: number, signature: string): boolean {
  for (let i = 0; i < signature.length; i++) {
    if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  }
  return true;
}

/** Bytes as characters of the same number. */
function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
