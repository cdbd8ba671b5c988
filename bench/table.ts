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
  const lines = [headings, ...figures.map(cells)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const rule = widths.map((width) => "-".repeat(width));
  for (const line of [headings, rule, ...lines.slice(1)]) {
    console.log(line.map((cell, column) => pad(cell, widths[column]!, column)).join("  "));
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

function pad(cell: string, width: number, column: number): string {
  return column < 2 ? cell.padEnd(width) : cell.padStart(width);
}
