/** What of a text its writer says, where quotes and code are written as in Markdown (CommonMark 0.31). */

/** A block of code that has begun. */
interface Fence {
  sign: string;
  length: number;
  /** It ends with the list item that it is in: before a line that is indented by less. */
  indent: number;
}

const lineEnd = /\r\n?|\n/;
const quote = /^ {0,3}>/;
/** With what the text of the item is indented by. */
const listItem = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?: {1,4}(?! )| (?= )|$)/;
/** What follows backticks names a language, and has none itself. */
const opening = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const closing = /^ {0,3}(`+|~+)(?=\s|$)/;
/** A heading, which continues no paragraph and is continued by none. */
const heading = /^ {0,3}#{1,6}(?: |$)/;
/** A rule, or what makes a heading of the paragraph above it. */
const rule = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,}|=+ *)$/;
/** From so many spaces on a line that continues no paragraph is code. */
const codeIndent = 4;
/** From so many backticks on it is code also when there is no end to it. */
const longRun = 3;

/**
 * The text without quoted lines, blocks of code (fenced or indented) and spans of code. Otherwise than in CommonMark, a
 * line without `>` is no part of the quote above it, because people write their answers there; and a fence may stand
 * behind text, at its beginning and at its end, because people write that, too.
 */
export function ownWords(text: string): string {
  if (!/[`~>\t]| {4}/.test(text)) return text;
  return ownLines(text)
    .join("\n")
    .split(/\n{2,}/)
    .map(withoutSpans)
    .join("\n\n");
}

/** Empty lines stand for blocks that are left out. */
function ownLines(text: string): string[] {
  const kept: string[] = [];
  let fence: Fence | undefined;
  /** How far the text of the list item is indented that the line may belong to. */
  let item = 0;
  let inParagraph = false;
  for (const whole of text.split(lineEnd)) {
    const line = spaced(whole);
    if (fence && line !== "" && indentOf(line) < fence.indent) fence = undefined;
    let from = Math.min(item, indentOf(line));
    if (fence) {
      const end = endOf(fence, line.slice(from));
      if (end < 0) continue;
      fence = undefined;
      from += end;
    } else if (!inParagraph && from < item && line !== "") {
      item = 0;
      from = 0;
    }
    for (let found; (found = listItem.exec(line.slice(from))); inParagraph = false) {
      from += found[0].length;
      item = from;
    }
    const rest = line.slice(from);
    const [, opened] = opening.exec(rest) ?? [];
    const isCode: boolean = !inParagraph && indentOf(rest) >= codeIndent;
    // What underlines a paragraph is text where there is none above.
    const isRule: boolean = rule.test(rest) && (inParagraph || !rest.includes("="));
    const isText: boolean = rest.trim() !== "" && !opened && !isCode && !isRule && !quote.test(rest);
    const isHeading: boolean = isText && heading.test(rest);
    inParagraph = isText && !isHeading;
    if (opened) fence = { sign: opened.charAt(0), length: opened.length, indent: item };
    const open = isText ? openRun(rest) : undefined;
    if (open) fence = { sign: "`", length: open.length, indent: item };
    const said = isText ? rest.slice(0, open?.start) : "";
    kept.push(isHeading ? `\n${said}\n` : said);
  }
  return kept;
}

/** With spaces for the tabs before its text. Nothing of a blank line. */
function spaced(line: string): string {
  const text = line.trimStart();
  return text === "" ? "" : line.slice(0, -text.length).replaceAll("\t", "    ") + text;
}

function indentOf(line: string): number {
  return line.search(/[^ ]|$/);
}

/** Where the text goes on behind the end of a block; -1 when the line is all code. */
function endOf({ sign, length }: Fence, line: string): number {
  const [all = "", run] = closing.exec(line) ?? [];
  if (run?.startsWith(sign) && run.length >= length) return all.length;
  if (sign === "~") return -1;
  const inside = runsIn(line).find((one) => one.length === length && line.slice(0, one.start).trim() !== "");
  return inside ? inside.start + inside.length : -1;
}

interface Run {
  start: number;
  length: number;
}

/** The backticks of a text, those next to each other together. */
function runsIn(text: string): Run[] {
  return Array.from(text.matchAll(/`+/g), ({ 0: run, index }) => ({ start: index, length: run.length }));
}

/**
 * Each span of code: two runs of equally many backticks and what is between them; `end` is undefined without one. A
 * backslash takes the first backtick from the run that begins one, not from the run that ends it.
 */
function* spansIn(text: string): Iterable<{ run: Run; end: number | undefined }> {
  const runs = runsIn(text);
  const byLength = Map.groupBy(runs.toReversed(), (run) => run.length);
  let end = 0;
  for (const run of runs) {
    byLength.get(run.length)?.pop();
    if (run.start < end) continue;
    const length = isEscaped(text, run.start) ? run.length - 1 : run.length;
    if (length === 0) continue;
    const close = byLength.get(length)?.at(-1);
    if (close) end = close.start + close.length;
    yield { run: { start: run.start + run.length - length, length }, end: close && end };
  }
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text[start - 1] === "\\") start -= 1;
  return (at - start) % 2 === 1;
}

/** Where a line begins code that does not end in it. */
function openRun(line: string): Run | undefined {
  if (!line.includes("`")) return undefined;
  for (const { run, end } of spansIn(line)) if (end === undefined && run.length >= longRun) return run;
  return undefined;
}

/** With a space for each span of code. */
function withoutSpans(paragraph: string): string {
  if (!paragraph.includes("`")) return paragraph;
  let plain = "";
  let from = 0;
  for (const { run, end } of spansIn(paragraph)) {
    if (end === undefined) continue;
    plain += `${paragraph.slice(from, run.start)} `;
    from = end;
  }
  return plain + paragraph.slice(from);
}
