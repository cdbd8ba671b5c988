/**
 * What a file is, by a few fixed places of its beginning: nothing here follows what the file says about itself, so no
 * file can make it slow. Whether the rest is what the beginning promises is for the process that looks into it.
 */
import { type FileType, known, others } from "./types.ts";

/** Bytes at the beginning that decide: enough for the first names in an office document. */
export const headBytes = 16_384;

/** What a file is whose first bytes these are, all of it or `headBytes`. */
export function typeOf(head: Uint8Array): FileType {
  const at = (offset: number, text: string) => isAt(head, offset, text);
  const [first = 0xff] = head;
  if (at(0, "\xff\xd8\xff")) return known.jpeg;
  if (at(0, "\x89PNG\r\n\x1a\n")) return known.png;
  if (at(0, "GIF87a") || at(0, "GIF89a")) return known.gif;
  // The last two are BigTIFF.
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].some((one) => at(0, one))) return known.tiff;
  // Olympus, Panasonic, Fujifilm, Sigma.
  if (["IIRO", "IIRS", "MMOR", "IIU\0", "FUJIFILMCCD-RAW", "FOVb"].some((one) => at(0, one)))
    return known.raw;
  if (at(0, "RIFF") && at(8, "WEBP")) return known.webp;
  if (at(0, "RIFF") && at(8, "WAVE")) return known.wav;
  if (at(4, "ftyp")) return typeOfBrand(text(head, 8, 12));
  // QuickTime from before there were brands; but "The wide road" is text.
  if (first < 0x20 && (at(4, "moov") || at(4, "mdat") || at(4, "wide"))) return known.quicktime;
  if (at(0, "\x1aE\xdf\xa3")) return typeOfDocType(text(head, 0, 64));
  if (at(0, "OggS\0")) return isOggFilm(text(head, 0, 512)) ? others.oggFilm : known.ogg;
  if (at(0, "fLaC\0") || at(0, "fLaC\x80")) return known.flac;
  if (at(0, "ID3") && (head[3] ?? 0xff) < 0x20) return known.mp3;
  if (head[0] === 0xff && head.length > 3) return typeOfFrame(head) ?? typeOfText(head);
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
  return typeOfText(head);
}

/** Major brands of ISO/IEC 14496-12 and its family. */
function typeOfBrand(brand: string): FileType {
  // Raw photos of Canon are no films.
  if (brand === "crx ") return known.raw;
  if (/^avi[fs]$/.test(brand)) return known.avif;
  if (/^(he(ic|ix|im|is|vc|vx)|mif1|msf1)$/.test(brand)) return known.heic;
  if (/^M4[ABP] $/.test(brand)) return known.m4a;
  if (brand === "qt  ") return known.quicktime;
  return brand.startsWith("3g") ? known.threeGpp : known.mp4;
}

function typeOfDocType(beginning: string): FileType {
  return beginning.includes("webm") ? known.webm : known.matroska;
}

/** The first pages name the codecs (RFC 3533, 6): Theora, Daala, VP8, Dirac, and what OGM has. */
function isOggFilm(beginning: string): boolean {
  return ["\x80theora", "\x80daala", "OVP80", "BBCD\0", "\x01video"].some((one) => beginning.includes(one));
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
  const [found] =
    stated === undefined ? [] : Object.values(known).filter((one) => stated.startsWith(one.types[0]));
  if (found) return found;
  if (beginning.includes("word/")) return known.word;
  if (beginning.includes("xl/")) return known.excel;
  return beginning.includes("ppt/") ? known.powerPoint : known.zip;
}

const escape = 0x1b;

/** UTF-8 or, by its mark, UTF-16; what has no control characters is most likely text in another encoding. */
function typeOfText(head: Uint8Array): FileType {
  if (isAt(head, 0, "\xfe\xff")) return known.text;
  if (hasControls(head)) return others.unknown;
  try {
    // As a stream: the last character may be cut off.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return known.text;
  } catch {
    return others.text;
  }
}

/** Control characters that no text has. */
export function hasControls(head: Uint8Array): boolean {
  return head.some((byte) => byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== escape);
}

export function isAt(bytes: Uint8Array, offset: number, signature: string): boolean {
  for (let i = 0; i < signature.length; i++) {
    if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  }
  return true;
}

/** Bytes as characters of the same number. */
export function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
