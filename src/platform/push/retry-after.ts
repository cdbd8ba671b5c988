/** After an hour a push is given up. */
const mostMilliseconds = 3600_000;

/** What a `Retry-After` header names, in milliseconds: seconds or a date (RFC 9110, 10.2.3). Undefined for all else. */
export function retryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== "string") return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : toTime(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), mostMilliseconds);
}

/** Date.parse alone takes much that is none, such as -5. */
function toTime(date: string): number {
  return date.endsWith(" GMT") ? Date.parse(date) : NaN;
}
