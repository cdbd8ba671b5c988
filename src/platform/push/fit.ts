import type { Content } from "./push.ts";

/** The same with as much of its texts as makes it no larger than `most` by `sizeOf`. */
export function fit(content: Content, most: number, sizeOf: (content: Content) => number): Content {
  let fitted = content;
  for (const field of ["body", "title"] as const) {
    while ("title" in fitted && fitted[field] !== "") {
      const excess = sizeOf(fitted) - most;
      if (excess <= 0) return fitted;
      // A text may be there twice.
      fitted = { ...fitted, [field]: shorten(fitted[field], Math.ceil(excess / 2)) };
    }
  }
  return fitted;
}

/** By at least so many bytes of JSON, an ellipsis in place of what is missing. */
function shorten(text: string, bytes: number): string {
  let left = sizeInJson(text) - bytes - sizeInJson("…");
  let kept = "";
  const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of characters.segment(text)) {
    left -= sizeInJson(segment);
    if (left < 0) break;
    kept += segment;
  }
  return kept === "" ? "" : `${kept}…`;
}

function sizeInJson(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - '""'.length;
}
