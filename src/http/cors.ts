/** CORS: what pages of other origins may do here (Fetch, 3.3). */
import { cors } from "hono/cors";

/** Headers that such a page may read besides the safelisted ones. */
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

/** Answers preflight requests, and lets pages of these origins read all answers. */
export function answerOrigins(origins: readonly string[]) {
  return cors({ origin: [...origins], exposeHeaders: readable, maxAge: preflightSeconds });
}

/** The same for answers that are made elsewhere: without it, a page could not read why it was refused. */
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
