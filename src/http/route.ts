/** An endpoint as a route of @hono/zod-openapi: what its OpenAPI document says of the call. */
import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import type { z } from "zod";

import { type ErrorCode, catalogue } from "../core/errors.ts";
import type { Endpoint } from "../feature.ts";
import { Problem } from "./errors.ts";
import { tagOf } from "./documents/tags.ts";

type Responses = RouteConfig["responses"];
type Headers = Record<string, { description: string; schema: { type: "string" } }>;

/** Reason phrases, as HTTP calls statuses (RFC 9110, 15). */
const reasons = new Map([
  [200, "OK"],
  [201, "Created"],
  [204, "No Content"],
  [206, "Partial Content"],
  [302, "Found"],
  [304, "Not Modified"],
  [503, "Service Unavailable"],
]);

export function routeOf(endpoint: Endpoint) {
  const { method, path, name, summary, params, query } = endpoint;
  return createRoute({
    method,
    path,
    operationId: name,
    summary,
    tags: [tagOf(path)],
    security: security(endpoint),
    ...headersAsked(endpoint),
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...body(endpoint),
    },
    responses: {
      ...refusals(endpoint),
      ...(endpoint.file && downloads(endpoint.file)),
      ...Object.fromEntries(Object.entries(endpoint.answers).map((one) => answered(one, endpoint))),
    },
  });
}

function security({ auth }: Endpoint): Record<string, string[]>[] {
  if (auth === "none") return [];
  return auth === "optional" ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

function body({ body, form }: Endpoint) {
  if (body) return { body: { required: !body.safeParse(undefined).success, content: json(body) } };
  return form && { body: { required: true, content: { "multipart/form-data": { schema: form } } } };
}

function answered(
  [status, schema]: [string, z.ZodType | null],
  { etag }: Endpoint,
): [string, Responses[string]] {
  const headers = etag && { headers: { ETag: header(`\`"${etag}"\`, with the quotes (RFC 9110, 8.8.3).`) } };
  return [
    status,
    { description: reasonOf(Number(status)), ...headers, ...(schema && { content: json(schema) }) },
  ];
}

function reasonOf(status: number): string {
  const reason = reasons.get(status);
  if (reason === undefined) throw new Error(`no reason phrase is known for ${status}`);
  return reason;
}

function json(schema: z.ZodType) {
  return { "application/json": { schema } };
}

/** The errors of an endpoint: its own, and those of the checks that every call goes through. */
function errorsOf(endpoint: Endpoint): ErrorCode[] {
  return [
    ...(endpoint.errors ?? []),
    ...(endpoint.auth === "none" ? [] : (["unauthorized"] as const)),
    ...(endpoint.embedded ? (["bad_origin"] as const) : []),
    ...(endpoint.params || endpoint.query || endpoint.body || endpoint.ifMatch
      ? (["validation"] as const)
      : []),
    ...(endpoint.ifMatch ? (["precondition_failed"] as const) : []),
    ...(endpoint.body ? (["malformed_json", "payload_too_large", "unsupported_media_type"] as const) : []),
    ...(endpoint.form
      ? (["malformed_form", "payload_too_large", "validation", "unsupported_media_type"] as const)
      : []),
    ...(endpoint.method === "get" ? [] : (["storage_full"] as const)),
    "bad_host",
    "rate_limited",
    "internal",
    "overloaded",
    "stopping",
  ];
}

function refusals(endpoint: Endpoint): Responses {
  const responses: Responses = {};
  for (const [status, codes] of Map.groupBy(new Set(errorsOf(endpoint)), (code) => catalogue[code][0])) {
    const key = codes.join();
    responses[status] = known.get(key) ?? refusal(status, codes);
    known.set(key, responses[status]);
  }
  return responses;
}

/** Cached, because most endpoints have the same refusals, and making each anew would slow the start. */
const known = new Map<string, Responses[string]>();

function refusal(status: number, codes: ErrorCode[]): Responses[string] {
  return {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code][2]}`).join(" "),
    ...(refusalHeaders[status] && { headers: refusalHeaders[status] }),
    content: { "application/problem+json": { schema: Problem } },
  };
}

function header(description: string) {
  return { description, schema: { type: "string" as const } };
}

const retryAfter = { "Retry-After": header("Seconds (RFC 9110, 10.2.3).") };

const refusalHeaders: Record<number, Headers> = {
  401: { "WWW-Authenticate": header("`Bearer` (RFC 6750, 3).") },
  429: retryAfter,
  503: retryAfter,
};

/** What a call may say of the file that it wants, or has to say of what it changes. */
function headersAsked({ file, ifMatch }: Endpoint): Pick<RouteConfig, "parameters"> {
  if (file) return { parameters: conditions };
  return ifMatch ? { parameters: [versionChanged] } : {};
}

function headerAsked(name: string, description: string, required = false) {
  return { name, in: "header" as const, required, description, schema: { type: "string" as const } };
}

/** Requests for a part of a file, or for one that has changed (RFC 9110, 13 and 14). */
const conditions = [
  headerAsked("Range", "The part that is wanted, such as `bytes=0-1023`."),
  headerAsked("If-Range", "An `ETag`: the part is wanted if the file is still that one, else all of it."),
  headerAsked("If-None-Match", "An `ETag`: 304 if the file is still that one."),
];

/** A change of what has a version (RFC 9110, 13.1.1). */
const versionChanged = {
  ...headerAsked("If-Match", "The `ETag` of what is to be changed: 412 where it is another by now.", true),
  example: '"3"',
};

/** A file, a part of it, or nothing where the one who asks has it already. */
function downloads(type: string): Responses {
  // As bytes, too: there are generators that leave out a file by any other name.
  const types = [type, "application/octet-stream"];
  const schema = { type: "string" as const, format: "binary" };
  const content = Object.fromEntries(types.map((one) => [one, { schema }]));
  const etag = { ETag: header("Another one for other bytes (RFC 9110, 8.8.3).") };
  const headers: Headers = {
    ...etag,
    "Accept-Ranges": header("`bytes`."),
    "Content-Disposition": header("The name to save it under, and whether to show it in place (RFC 6266)."),
  };
  const range = header("Which part it is, and of how many bytes (RFC 9110, 14.4).");
  return {
    200: { description: reasonOf(200), content, headers },
    206: { description: reasonOf(206), content, headers: { ...headers, "Content-Range": range } },
    304: { description: reasonOf(304), headers: etag },
  };
}
