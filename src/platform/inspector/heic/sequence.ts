/** The first picture of an image sequence (ISO/IEC 23008-12, 7): a film whose track is one of pictures. */
import { type Box, childrenOf, findBox, topBoxes } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { codecs } from "./codecs.ts";
import type { ByteRange } from "./meta.ts";
import type { Still } from "./still.ts";

/** What is in an entry for pictures before its own boxes (ISO/IEC 14496-12, 12.1.3). */
const entryBytes = 78;

/** Undefined where there is none. Errors: boxes that do not fit into each other. */
export function readSequence(source: Source): Still | undefined {
  const moov = topBoxes(source).find(({ type }) => type === "moov");
  const track = moov && childrenOf(source, moov).find((one) => isPictures(source, one));
  const header = track && findBox(source, track, "tkhd");
  if (!track || !header || header.end - header.body < 84) return undefined;
  // 16 bits and a fraction each.
  const size = { width: source.number(header.end - 8, 2), height: source.number(header.end - 4, 2) };
  if (size.width === 0 || size.height === 0) return undefined;
  const table = findBox(source, track, "mdia", "minf", "stbl");
  const descriptions = table && findBox(source, table, "stsd");
  const entry = descriptions && childrenOf(source, descriptions, descriptions.body + 8).next().value;
  const coded = entry && codecs.get(entry.type);
  const range = table && firstSample(source, table);
  if (!coded || !range) return { ...size, codec: "other" };
  const inner = childrenOf(source, entry, Math.min(entry.body + entryBytes, entry.end));
  const box = inner.find(({ type }) => type === coded.configuration);
  if (!box) return { ...size, codec: "other" };
  const description = source.bytes(box.body, box.end - box.body);
  const view = { ...size, left: 0, top: 0, mirrored: false, rotation: 0 as const };
  const layout = { description, columns: 1, tile: size, tiles: [[range]], view };
  return { ...size, codec: coded.codec, layout };
}

function isPictures(source: Source, box: Box): boolean {
  const handler = box.type === "trak" ? findBox(source, box, "mdia", "hdlr") : undefined;
  return handler !== undefined && ["pict", "vide"].includes(source.text(handler.body + 8, 4));
}

function firstSample(source: Source, table: Box): ByteRange | undefined {
  const sizes = findBox(source, table, "stsz");
  const [short, long] = [findBox(source, table, "stco"), findBox(source, table, "co64")];
  const offsets = short ?? long;
  if (!sizes || !offsets || source.number(offsets.body + 4, 4) === 0) return undefined;
  const same = source.number(sizes.body + 4, 4);
  const length = same > 0 ? same : source.number(sizes.body + 12, 4);
  return { at: source.number(offsets.body + 8, short ? 4 : 8), length };
}
