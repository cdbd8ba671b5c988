/** What of a text its writer says, where quotes and code are written as in Markdown (CommonMark 0.31). */

/** A block of code that has begun. */
interface Fence {
  sign: string;
  length: number;
}

const lineEnd = /\r\n?|\n/;
const quote = /^ {0,3}>/;
/** With what the text of the item is indented by. */
const listItem = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?: {1,4}(?! )| (?= )|$)/;
/** What follows backticks names a language, and has none itself. */
const opening = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const closing = /^ {0,3}(`+|~+)(?=\s|$)/;
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
    inParagraph = rest.trim() !== "" && !opened && !isCode && !quote.test(rest);
    if (opened) fence = { sign: opened[0]!, length: opened.length };
    const open = inParagraph ? openRun(rest) : undefined;
    if (open) fence = { sign: "`", length: open.length };
    kept.push(inParagraph ? rest.slice(0, open?.start) : "");
  }
  return kept;
}

/** With spaces for the tabs before its text. Nothing of a blank line. */
function spaced(line: string): string {
  const text = line.trimStart();
  return text === "" ? "" : line.slice(0, -text.length).replaceAll("\t", "    ") + text;
}

function indentOf(line: string): number {
  return /^ */.exec(line)![0].length;
}

/** Where the text goes on behind the end of a block; -1 when the line is all code. */
function endOf({ sign, length }: Fence, line: string): number {
  const [all, run] = closing.exec(line) ?? [];
  if (run?.startsWith(sign) && run.length >= length) return all!.length;
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

/** Each span of code: two runs of equally many backticks and what is between them; `end` is undefined without one. */
function* spansIn(text: string): Iterable<{ run: Run; end: number | undefined }> {
  const runs = runsIn(text);
  const byLength = Map.groupBy(runs.toReversed(), (run) => run.length);
  let end = 0;
  for (const run of runs) {
    const same = byLength.get(run.length)!;
    same.pop();
    if (run.start < end) continue;
    const close = same.at(-1);
    if (close) end = close.start + close.length;
    yield { run, end: close && end };
  }
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
