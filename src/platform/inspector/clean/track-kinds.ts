/** Kinds of tracks, by their handlers. */
import { type Box, findBox } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";

const words = (text: string) => new Set(text.split(" "));

/** Pictures, sound and time codes. Writing stays, too, but is unknown: it is how drones say where they were. */
export const keptTracks = words("vide soun tmcd hint pict auxv");
/** What a camera measured while it filmed: where, how fast, by which device. */
export const measuredTracks = words("meta camm fdsc djmd dbgi gpmd rtmd");

/** Errors: a track without handler. */
export function kindOf(source: Source, track: Box): string {
  const handler = findBox(source, track, "mdia", "hdlr");
  if (!handler || handler.end - handler.body < 12) throw new Error("a track without handler");
  return source.text(handler.body + 8, 4);
}
