/**
 * What others write, made safe to show: no control characters (which terminals obey), and nothing that turns the
 * direction of what comes after it.
 */

/** Of C0, DEL and C1, but for the line feed. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;
/** Ends of lines, whatever wrote them. */
const lineEnds = /\r\n?|[\u2028\u2029\u0085\v\f]/g;
/** Embeddings, overrides and isolates (Unicode Standard Annex 9). Marks such as U+200F stay: they turn nothing else. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g;

/** Text of several lines. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(lineEnds, "\n")
    .replaceAll("\t", "    ")
    .replace(controls, picture)
    .replace(directions, "");
}

/** The same on one line: names, quotes, names of files. */
export function visibleLine(text: string): string {
  return visible(text).replace(/\s*\n\s*/g, " ");
}

/** A control character as the picture that Unicode has for it. */
function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/** What JSON writes as it is, and a terminal or a reader of lines might obey. */
const unquoted = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One line of JSON in which nothing has to be trusted, whatever is in the value. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    unquoted,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
