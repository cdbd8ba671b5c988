/** Names of files as they are shown: what somebody sent is for display only, and never part of a path of this server. */
import { nameLength } from "./schema.ts";

/** Control characters, and those that turn the direction of text, by which a name can pretend to end in another type. */
const unseen = /[\p{Cc}\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2028}\u{2029}\u{2066}-\u{2069}]/gu;
const separators = /[/\\]/g;
const forbidden = /[<>:"|?*]/g;
/** What Windows takes for a device, whatever its ending. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;
/** What file systems take at most, in bytes. */
const safeBytes = 200;

/**
 * What was sent, as text: well-formed, without control characters, and not endless. A form has three characters in
 * another way (HTML, 4.10.21.8): a quotation mark and what ends a line.
 */
export function shownName(sent: string): string {
  const text = sent
    .toWellFormed()
    .replace(/%22/g, '"')
    .replace(/%0[da]/gi, "")
    .replace(unseen, "");
  return shorten(text, (one) => one.length <= nameLength);
}

/** A name that any system can save it under, wherever it is put. */
export function safeName(name: string, type: string): string {
  const last = name.split(separators).findLast((part) => /[^.\s]/.test(part)) ?? "";
  const plain = last
    .replace(forbidden, "_")
    .replace(devices, "_$1")
    .replace(/^[\s.]+|[\s.]+$/g, "");
  if (plain === "") return `file${endings[type] ?? ""}`;
  return shorten(plain, (text) => Buffer.byteLength(text) <= safeBytes);
}

/** For what was sent without a name. */
const endings: Record<string, string> = {
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "image/gif": ".gif",
  "image/webp": ".webp",
  "video/mp4": ".mp4",
  "video/webm": ".webm",
  "audio/mpeg": ".mp3",
  "audio/ogg": ".ogg",
  "audio/mp4": ".m4a",
  "audio/webm": ".webm",
  "application/pdf": ".pdf",
  "text/plain": ".txt",
};

/** Without the end of its stem, as much as it takes; the ending stays, if it is one. */
function shorten(name: string, fits: (text: string) => boolean): string {
  if (fits(name)) return name;
  const [, stem, ending] = /^(.*?)(\.[^.\s]{1,10})?$/su.exec(name)!;
  const characters = [...stem!].slice(0, nameLength);
  while (!fits(characters.join("") + (ending ?? ""))) characters.pop();
  return characters.join("") + (ending ?? "");
}
