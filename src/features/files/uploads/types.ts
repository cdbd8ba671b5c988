/** Which files are taken, and as what they are shown. What a file is, `signatures.ts` tells. */
import type { MediaType } from "../schema.ts";

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

/** What systems call the raw photos of cameras. */
const raws = (
  "dcraw adobe-dng canon-cr2 canon-cr3 nikon-nef nikon-nrw sony-arw sony-sr2 pentax-pef fuji-raf olympus-orf " +
  "panasonic-rw2 samsung-srw sigma-x3f"
)
  .split(" ")
  .map((name) => `image/x-${name}`)
  .concat("image/dng");

const mp4Aliases = ["video/x-m4v", "audio/x-m4a", "audio/m4a", "audio/aac", "application/mp4"];

export const known = {
  jpeg: of("image", ["image/jpeg"], "image/jpg", "image/pjpeg"),
  png: of("image", ["image/png", "image/apng"], "image/x-png"),
  gif: of("image", ["image/gif"]),
  webp: of("image", ["image/webp"]),
  avif: of("image", ["image/avif"]),
  heic: of("image", ["image/heic", "image/heif"], "image/heic-sequence", "image/heif-sequence"),
  /** With raw photos, which are such files: nobody but their own programs knows which of their fields can go. */
  tiff: of("document", ["image/tiff", ...raws], "image/tif", "image/x-tiff"),
  raw: of("document", ["image/x-dcraw", ...raws]),

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
    "image/openraster",
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
    "image/svg+xml-compressed",
    "image/x-compressed-xcf",
    "image/x-gzeps",
  ),
  bzip2: of(
    "document",
    ["application/x-bzip2"],
    "application/x-bzip",
    "application/x-bzip-compressed-tar",
    "image/x-bzeps",
  ),
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

/** What is taken besides, unless the operator wants only what is known. */
export const others = {
  /** Nothing here reads it. */
  oggFilm: { kind: "video", types: ["video/ogg"], aliases: ["application/ogg", "audio/ogg"] },
  /** By its looks, in an encoding that is not UTF-8. */
  text: { ...known.text },
  unknown: { kind: "document", types: ["application/octet-stream"] },
} satisfies Record<string, FileType>;

/** What is opaque, by its sender's word. */
export const sealed: FileType = { kind: "other", types: ["application/octet-stream"] };

const all: FileType[] = [...Object.values(known), others.oggFilm];

/** Whether it is in the list of docs/files.md, and not just kept. */
export function isKnown(type: FileType): boolean {
  return !Object.values<FileType>(others).includes(type);
}

/** `text/plain` is what a part of a form is that names no type (RFC 7578, 4.4). */
const saysNothing = ["", "application/octet-stream", "text/plain"];

/** What people would not take one for another. */
type Family = "picture" | "sound or film" | "document";

/**
 * Whether a declared type is of another family than the content. It is a hint and no more: one that says nothing
 * contradicts nothing, and nothing contradicts a content that nobody knows. Of a type that nobody knows the first word
 * counts, but not against text: that is what playlists and many drawings are.
 */
export function contradicts(declared: string, type: FileType): boolean {
  if (type === others.text || type === others.unknown) return false;
  if (saysNothing.includes(declared) || names(type).includes(declared) || isRangeOf(declared, type))
    return false;
  if (type === known.text && !isListed(declared)) return false;
  const families = familiesOf(declared);
  return families.length > 0 && !families.includes(familyOf(type));
}

/** As Android's pickers say it: `audio/*`. */
function isRangeOf(declared: string, { types }: FileType): boolean {
  return declared.endsWith("/*") && types.some((name) => name.startsWith(declared.slice(0, -1)));
}

function isListed(declared: string): boolean {
  return declared.endsWith("/*") || all.some((one) => names(one).includes(declared));
}

/** Several for what is a table here and a film there; none for what nobody knows, and that is called none of them. */
function familiesOf(declared: string): Family[] {
  const meant = all.filter((one) => names(one).includes(declared)).map(familyOf);
  return [...meant, ...(familyByTop[topOf(declared)] ?? [])];
}

/** By its name and not by its kind: a picture may be kept as a document. */
function familyOf({ types }: FileType): Family {
  return familyByTop[topOf(types[0])]?.[0] ?? "document";
}

const familyByTop: Record<string, [Family]> = {
  image: ["picture"],
  audio: ["sound or film"],
  video: ["sound or film"],
};

/** `image` of `image/png`. */
function topOf(type: string): string {
  const [top = ""] = type.split("/");
  return top;
}

/** The type that a file is shown with: the sender's word where it fits. */
export function shownType(declared: string, type: FileType): string {
  return type.types.includes(declared) ? declared : type.types[0];
}

/** `audio/mp4` of a container that turned out to hold sound alone, and the other way round. */
export function withKind(type: string, kind: MediaType): string {
  const [top = "", sub] = type.split("/");
  if (!["audio", "video"].includes(top) || !["audio", "video"].includes(kind) || top === kind) return type;
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
