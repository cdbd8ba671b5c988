const mostShown = 5;

/** How often somebody was told what: statuses, close codes, kinds of answers. */
export class Told {
  readonly counts = new Map<string, number>();

  add(what: string | number, times = 1): void {
    const key = String(what);
    this.counts.set(key, (this.counts.get(key) ?? 0) + times);
  }
}

/** The most frequent ones first. */
export function showCounts(counts: readonly (readonly [string, number])[]): string {
  const sorted = counts.toSorted(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, mostShown).map(([what, times]) => `${times.toLocaleString("en")}× ${what}`);
  return [...shown, ...(sorted.length > mostShown ? ["…"] : [])].join(", ");
}
