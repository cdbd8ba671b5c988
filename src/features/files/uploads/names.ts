/** Names of files as they are shown: what somebody sent is for display only, and never part of a path of this server. */
import { nameLength } from "../schema.ts";

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
  return shorten(text, nameLength, (one) => one.length);
}

/** A name that any system can save it under, wherever it is put. */
export function safeName(name: string, type: string): string {
  const last = name.split(separators).findLast((part) => /[^.\s]/.test(part)) ?? "";
  const plain = trim(last.replace(forbidden, "_").replace(devices, "_$1"));
  if (plain === "") return `file${endings[type] ?? ""}`;
  return trim(shorten(plain, safeBytes, Buffer.byteLength));
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

/** Without white space and dots around it. Not by a pattern: one that looks for the end tries each dot on its way. */
function trim(name: string): string {
  const isEdge = (at: number) => /[\s.]/.test(name.charAt(at));
  let [from, to] = [0, name.length];
  while (from < to && isEdge(from)) from++;
  while (from < to && isEdge(to - 1)) to--;
  return name.slice(from, to);
}

/** Without the end of its stem, as much as it takes; the ending stays, if it is one. */
function shorten(name: string, most: number, lengthOf: (text: string) => number): string {
  if (lengthOf(name) <= most) return name;
  const [, stem = "", ending = ""] = /^(.*?)(\.[^.\s]{1,10})?$/su.exec(name) ?? [];
  let left = most - lengthOf(ending);
  let kept = "";
  for (const character of stem) {
    left -= lengthOf(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + ending;
}
