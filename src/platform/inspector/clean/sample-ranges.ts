/** Where a film has its samples (ISO/IEC 14496-12, 8.6 and 8.7; QuickTime File Format, media atoms). */
import { type Box, childrenOf, findBox } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { areAllInChunks, chunksOf } from "./samples.ts";
import { kindOf, measuredTracks } from "./track-kinds.ts";
import type { DataRange } from "./unused.ts";

const words = (text: string) => new Set(text.split(" "));

/** What does not say where data of a track are, but for its chunks. `saio` does: encrypted samples have more beside them. */
const knownInInformation = words("vmhd smhd hmhd sthd nmhd gmhd hdlr dinf stbl free skip");
const knownInTables = words(
  "stsd stts ctts cslg stsc stsz stco co64 stss stps stsh stdp sdtp padb subs sbgp sgpd csgp saiz senc free skip",
);

/**
 * Where samples of the tracks are that stay. Errors: tables that do not fit their boxes or each other, samples in other
 * files, or anything that may name further ranges.
 */
export function* sampleRanges(source: Source, boxes: readonly Box[]): Generator<DataRange> {
  for (const moov of boxes) {
    if (moov.type !== "moov") continue;
    for (const track of childrenOf(source, moov)) {
      if (track.type !== "trak") continue;
      const kind = kindOf(source, track);
      if (measuredTracks.has(kind)) continue;
      requireKnown(source, track);
      for (const { at, length, areAlike } of chunksOf(source, track)) {
        yield { from: at, to: areAlike && kind === "soun" ? undefined : at + length };
      }
    }
  }
}

/** Errors: the track may say in another way, too, where its samples are. */
function requireKnown(source: Source, track: Box): void {
  const media = only(source, track, "mdia");
  const information = only(source, media, "minf");
  const tables = only(source, information, "stbl");
  requireAmong(source, information, knownInInformation);
  requireAmong(source, tables, knownInTables);
  for (const names of ["stsc", "stsz", "stco co64"]) only(source, tables, names);
  if (isElsewhere(source, track)) throw new Error("samples in another file");
  if (!areAllInChunks(source, track)) throw new Error("samples outside chunks");
}

/** Errors: none of these names, or several. */
function only(source: Source, parent: Box, names: string): Box {
  const [first, ...more] = childrenOf(source, parent).filter(({ type }) => names.split(" ").includes(type));
  if (!first || more.length > 0) throw new Error(`not one ${names}`);
  return first;
}

function requireAmong(source: Source, parent: Box, known: ReadonlySet<string>): void {
  for (const { type } of childrenOf(source, parent)) {
    if (!known.has(type)) throw new Error(`an unknown box in ${parent.type}`);
  }
}

/** Whether a track has, or may have, samples in another file. Errors: boxes that do not fit into each other. */
export function isElsewhere(source: Source, track: Box): boolean {
  const files = findBox(source, track, "mdia", "minf", "dinf", "dref");
  // Without a list they are in this one.
  if (!files) return false;
  return childrenOf(source, files, Math.min(files.body + 8, files.end)).some(({ type, body, end }) => {
    const isHere = end - body >= 4 && (source.number(body, 4) & 1) === 1;
    return !isHere || !["url ", "urn ", "alis"].includes(type);
  });
}
