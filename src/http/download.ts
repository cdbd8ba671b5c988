import { ChatError } from "../core/errors.ts";
import type { Download } from "../feature.ts";
import { problem } from "./errors.ts";

/** Browsers neither guess the type of a file nor run scripts in it. */
const safety = {
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "sandbox; default-src 'none'",
};

/** Revalidated each time, because the right to a file may end; the validator makes that cheap. */
const askAgain = "private, no-cache";
/** Cached for 30 days without asking (RFC 8246), also by somebody who is removed from the chat meanwhile. */
const keep = "private, max-age=2592000, immutable";

/** The parts of a request that decide how a file is sent. */
export interface FileRequest {
  headers: Headers;
  isHead: boolean;
  /**
   * Pages of other origins may show files. In general, not by the Origin of the request: what their service workers
   * got stands in for an `<img>`, which names none (Fetch, 3.7).
   */
  isShared: boolean;
}

/**
 * A file, the part that was asked for, 304, or the refusal `range_not_satisfiable`. With HEAD there are no parts
 * (RFC 9110, 14.2).
 */
export function sendFile({ file }: Download, asked: FileRequest, requestId: string): Response {
  const { headers: request, isHead } = asked;
  const headers: Record<string, string> = {
    ...safety,
    "Cross-Origin-Resource-Policy": asked.isShared ? "cross-origin" : "same-site",
    "Cache-Control": file.immutable ? keep : askAgain,
    ETag: file.etag,
    "Accept-Ranges": "bytes",
  };
  if (isKnown(request.get("if-none-match"), file.etag)) return new Response(null, { status: 304, headers });
  headers["Content-Type"] = file.type;
  headers["Content-Disposition"] = `${file.inline ? "inline" : "attachment"}; ${toParameters(file.name)}`;
  const wanted = isHead ? null : request.get("range");
  const range = wanted === null ? undefined : parseRange(wanted, file.size);
  // Also an empty If-Range is a validator, of no file.
  const isStale = (request.get("if-range") ?? file.etag) !== file.etag;
  if (range === undefined || isStale) {
    // The runtime answers ranges of files by itself, also those that are to be passed over; of other streams it does
    // not.
    const body = wanted === null ? file.blob : file.blob.stream().pipeThrough(new TransformStream());
    return new Response(body, { status: 200, headers });
  }
  if (range === "none") return refuseRange(file.size, requestId);
  headers["Content-Range"] = `bytes ${range.from}-${range.to - 1}/${file.size}`;
  return new Response(file.blob.slice(range.from, range.to), { status: 206, headers });
}

/** With the size of the file (RFC 9110, 15.5.17). */
function refuseRange(size: number, requestId: string): Response {
  const error = new ChatError("range_not_satisfiable", `The file has ${size} bytes.`);
  const refusal = problem(error, requestId);
  refusal.headers.set("Content-Range", `bytes */${size}`);
  return refusal;
}

/** If-None-Match (RFC 9110, 13.1.2), which compares weakly. */
function isKnown(given: string | null, etag: string): boolean {
  if (given === null) return false;
  return given.split(",").some((one) => ["*", etag].includes(one.trim().replace(/^W\//, "")));
}

/**
 * One range of bytes, `to` not included; "none" where the file has none of them. Undefined for several ranges and
 * for what is no range of bytes: that may be answered with everything (RFC 9110, 14.2). So is the end of an empty
 * file, which can be had (14.1.2), but not be said to be a part.
 */
function parseRange(given: string, size: number): { from: number; to: number } | "none" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(given.trim()) ?? [];
  if (first === undefined || (first === "" && last === "")) return undefined;
  if (last && first && Number(last) < Number(first)) return undefined;
  if (first === "" && Number(last) > 0 && size === 0) return undefined;
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || !last ? size : Math.min(size, Number(last) + 1);
  return from < to ? { from, to } : "none";
}

/** The name to save under (RFC 6266, 4.3): in full, and in ASCII for old programs. */
function toParameters(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]/gu, "_").replace(/["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return plain === name ? `filename="${plain}"` : `filename="${plain}"; filename*=UTF-8''${encoded}`;
}
