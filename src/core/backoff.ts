const firstMilliseconds = 1000;
const longestMilliseconds = 60_000;

/** Exponential backoff: the pause after so many failures in a row before, 1, 2, 4 … seconds and `longest` at the most. */
export function backoffAfter(failures: number, longest = longestMilliseconds): number {
  return Math.min(longest, firstMilliseconds * 2 ** failures);
}
