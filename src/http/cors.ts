/** What pages of other origins may do here (Fetch, 3.3). */
import { cors } from "hono/cors";

/** What such a page may read besides what every answer has: whose call it was, and what of a file it got. */
const readable = [
  "X-Request-Id",
  "Retry-After",
  "ETag",
  "Content-Disposition",
  "Content-Range",
  "Accept-Ranges",
];

/** How long a browser remembers what a page may ask; Chromium takes no more. */
const preflightSeconds = 7200;

/** Answers what browsers ask before a call, and lets pages of these origins read all answers. */
export function answerOrigins(origins: readonly string[]) {
  return cors({ origin: [...origins], exposeHeaders: readable, maxAge: preflightSeconds });
}

/** The same for an answer that was not made there: without it, a page would not know why it was refused. */
export function letRead(
  { headers: asked }: Request,
  { headers }: Response,
  origins: readonly string[],
): void {
  const origin = asked.get("origin");
  if (origin === null || !origins.includes(origin) || headers.has("Access-Control-Allow-Origin")) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", readable.join(","));
  headers.append("Vary", "Origin");
}
