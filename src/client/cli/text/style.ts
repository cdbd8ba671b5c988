import { styleText } from "node:util";

import { visible, visibleLine } from "./visible.ts";

/** How texts of people look where they are shown. */
export interface Style {
  /** A name or another text of one line. */
  name(text: string): string;
  /** A text of several lines, as lines. */
  lines(text: string): string[];
  /** What stands beside the words: numbers, times, states. */
  aside(text: string): string;
  /** What somebody has to notice. */
  strong(text: string): string;
}

/** Of files and pipes: no control characters at all. */
export const plainStyle: Style = {
  name: visibleLine,
  lines: (text) => visible(text).split("\n"),
  aside: (text) => text,
  strong: (text) => text,
};

/** Right-to-left names and lines are isolates (FSI … PDI), so that they leave what stands around them in order. */
export function terminalStyle(hasColors: boolean): Style {
  const colored = (format: "dim" | "bold") => (text: string) =>
    hasColors ? styleText(format, text, { validateStream: false }) : text;
  return {
    name: (text) => isolate(visibleLine(text)),
    lines: (text) => visible(text).split("\n").map(isolate),
    aside: colored("dim"),
    strong: colored("bold"),
  };
}

/** The blocks of right-to-left scripts, and the marks that turn what is next to them. */
const rightToLeft = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

function isolate(text: string): string {
  return rightToLeft.test(text) ? `\u2068${text}\u2069` : text;
}
