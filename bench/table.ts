/** One line of the table: what Parley does, and beside it what smaller programs do at the same. */
export interface Figure {
  what: string;
  unit: string;
  parley: number;
  smallest?: number;
  bare?: number;
  /** Show Parley's share of what the others do. */
  compared?: boolean;
}

const headings = ["what", "unit", "Parley", "smallest", "bare Bun", "of smallest", "of bare"];

export function printTable(figures: readonly Figure[]): void {
  printLines(headings, figures.map(cells));
}

/** Lines below headings; the first columns are words, and so are the last ones, all others figures. */
export function printLines(
  headings: readonly string[],
  lines: readonly string[][],
  { first = 2, last = 0 } = {},
): void {
  const all = [headings, ...lines];
  const widths = headings.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  const rule = widths.map((width) => "-".repeat(width));
  const isWords = (column: number) => column < first || column >= headings.length - last;
  for (const line of [headings, rule, ...lines]) {
    const cells = line.map((cell, column) =>
      isWords(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    console.log(cells.join("  ").trimEnd());
  }
}

function cells(figure: Figure): string[] {
  const { what, unit, parley, smallest, bare, compared } = figure;
  const share = (other: number | undefined) => (compared && other ? (parley / other).toFixed(2) : "");
  return [what, unit, show(parley), show(smallest), show(bare), share(smallest), share(bare)];
}

function show(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
