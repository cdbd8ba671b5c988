const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Cut to so many columns of a terminal, between characters as people see them; what is cut off is told by `…`. Nothing fits into none. */
export function cut(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  if (columns < 1) return "";
  let kept = "";
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += Bun.stringWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Filled up with spaces to so many columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - Bun.stringWidth(text)));
}
