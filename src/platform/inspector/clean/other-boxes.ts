import type { Box } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { fillers, freeBox, type Patches } from "./patches.ts";
import { planMeta, planUserData } from "./user-data.ts";

const words = (text: string) => new Set(text.split(" "));

/** What tells about a film: XML, and what cameras of cars and helmets write beside it, mostly where they were. */
const tells = new Set(["xml ", "bxml", "gps ", "GPS ", ...words("GPMF CAME MUID SNum inst thum")]);

/** Boxes of others, by their ids. Of tags and cameras: XMP, Sony's USMT, Canon's. */
const tellingIds = words(
  "be7acfcb97a942e89c71999491e3afac 55534d5421d24fcebb88695cfac9c740 85c0b687820f11e08111f4ce462b6a48",
);
/** How to play it: Sony's PROF, a film all around (Spherical Video V1), protected and streamed ones (PIFF, MSS). */
const playingIds = words(
  "50524f4621d24fcebb88695cfac9c740 ffcc8263f8554a938814587a02521fdd d08a4f1810f34a82b6c832d8aba183d3 " +
    "a2394f525a9b4f14a2446c427c648df4 8974dbce7be74c5184f97148f9882554 6d1d9b0542d544e680e2141daff757b2 " +
    "d4807ef2ca3946958e5426cb9e46a79f",
);

/** Empties a box that tells about its film or picture; what nobody here knows stays. `kept`: what belongs to it. */
export function planOther(source: Source, patches: Patches, box: Box, kept: ReadonlySet<string>): void {
  const { type } = box;
  if (type === "udta") planUserData(source, patches, box);
  else if (type === "meta") planMeta(source, patches, box);
  else if (fillers.has(type) || tells.has(type) || (type === "uuid" && tellingIds.has(idOf(source, box)))) {
    freeBox(source, patches, box);
  } else if (!kept.has(type) && !(type === "uuid" && playingIds.has(idOf(source, box)))) {
    patches.hasUnknown = true;
  }
}

/** Errors: too short for one. */
function idOf(source: Source, { body, end }: Box): string {
  if (end - body < 16) throw new Error("a box without id");
  return source.view(body, 16).toString("hex");
}
