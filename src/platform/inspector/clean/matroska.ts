import type { Source } from "../source.ts";
import { type Element, childrenOf, readElement, voidChildren, voidElement, voidId } from "./ebml.ts";
import { type Patches, zero } from "./patches.ts";

/** RFC 9559, section 5.1. */
const headId = 0x1a45dfa3;
const segmentId = 0x18538067;
const seekHeadId = 0x114d9b74;
const seekId = 0x4dbb;
const seekIdId = 0x53ab;
const infoId = 0x1549a966;
const dateId = 0x4461;
const clusterId = 0x1f43b675;
const tagsId = 0x1254c367;
const tracksId = 0x1654ae6b;
const trackId = 0xae;
const trackTypeId = 0x83;
/** Cues, Chapters. */
const kept = new Set([0x1c53bb6b, 0x1043a770]);
/** Pictures, sound and both: all others write what nobody here reads (RFC 9559, 5.1.4.1.3). */
const knownTracks = new Set([1, 2, 3]);

/**
 * What to overwrite in a WebM or Matroska file: tags and the date. Files attached to it stay, and are unknown; so do tracks of writing. A
 * recording that was cut off within its clusters is taken as it is. Errors: no Matroska, or elements that do not fit into each other.
 */
export function planMatroska(source: Source, patches: Patches): void {
  if (idAt(source, 0) !== headId) throw new Error("no Matroska");
  let segments = 0;
  for (let at = 0; at < source.size;) {
    const id = idAt(source, at);
    const element = id === headId || id === segmentId ? readElement(source, at, source.size) : undefined;
    if (id === segmentId && element) {
      segments++;
      at = planSegment(source, patches, element);
    } else if (element && element.end <= source.size) at = element.end;
    else {
      patches.hasUnknown = true;
      break;
    }
  }
  if (segments === 0) throw new Error("a Matroska file without segment");
}

function idAt(source: Source, at: number): number {
  return at + 4 <= source.size ? source.number(at, 4) : 0;
}

/** Returns where it ends: without size at the next head, or with the file. */
function planSegment(source: Source, patches: Patches, segment: Element): number {
  const end = Math.min(segment.end, source.size);
  for (let at = segment.body; at < end;) {
    const element = readElement(source, at, end);
    if (!element) break;
    if (element.id === headId && segment.end === Infinity) return at;
    if (element.id === clusterId) {
      at = element.end === Infinity ? findClusterEnd(source, element.body, end) : element.end;
      continue;
    }
    if (element.end > end) throw new Error("an element of impossible size");
    planElement(source, patches, element);
    at = element.end;
  }
  return end;
}

/**
 * Browsers record clusters without size; a Tags may well follow. What stands in a cluster has an id of one or two
 * bytes, so that the first of four ends it (RFC 8794, section 6.2).
 */
function findClusterEnd(source: Source, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const child = readElement(source, at, to);
    if (child && child.id > 0xffffff) return at;
    if (!child || child.end > to) return to;
    at = child.end;
  }
  return at;
}

function planElement(source: Source, patches: Patches, element: Element): void {
  if (element.id === infoId) voidChildren(source, patches, element, (child) => child.id === dateId);
  else if (element.id === seekHeadId) {
    voidChildren(source, patches, element, (child) => pointsToTags(source, child));
  } else if (element.id === voidId) zero(source, patches, element.body, element.end - element.body);
  else if (element.id === tagsId) voidElement(source, patches, element);
  else if (element.id === tracksId) patches.hasUnknown ||= !areKnown(source, element);
  else if (!kept.has(element.id)) patches.hasUnknown = true;
}

function areKnown(source: Source, tracks: Element): boolean {
  try {
    return childrenOf(source, tracks)
      .filter(({ id }) => id === trackId)
      .flatMap((track) => childrenOf(source, track).filter(({ id }) => id === trackTypeId))
      .every(({ body, end }) => end - body <= 4 && knownTracks.has(source.number(body, end - body)));
  } catch {
    return false;
  }
}

function pointsToTags(source: Source, seek: Element): boolean {
  if (seek.id !== seekId) return false;
  const id = childrenOf(source, seek).find((one) => one.id === seekIdId);
  return id !== undefined && id.end - id.body === 4 && source.number(id.body, 4) === tagsId;
}
