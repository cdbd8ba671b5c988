import { z } from "zod";

import { type ErrorCode, catalogue } from "../../core/errors.ts";
import type { Endpoint } from "../../core/feature.ts";
import { Components, type JsonSchema } from "./json-schema.ts";

/** The body of every refusal (RFC 9457). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]]),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "Every bad field." }),
    retry_after: z.int().optional().meta({ description: "Seconds." }),
  })
  .meta({ id: "Problem" });

/** The OpenAPI 3.1 document of the endpoints, from the schemas that validate their traffic. */
export function openApi(endpoints: readonly Endpoint[], version: string): JsonSchema {
  const components = new Components();
  const paths: Record<string, JsonSchema> = {};
  for (const endpoint of endpoints) {
    if (endpoint.page) continue;
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method]: operation(components, endpoint),
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version,
      license: { name: "MIT", identifier: "MIT" },
      description:
        "Chat over REST; what happens is told over WebSocket (see /asyncapi). Times are ISO 8601 in UTC, ids " +
        "are integers below 2^53, and unknown request fields are ignored.",
    },
    paths,
    components: {
      schemas: {
        ...components.schemas,
        Problem: components.add(Problem, "output") && components.schemas["Problem"],
      },
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
    "x-error-codes": Object.fromEntries(
      Object.entries(catalogue).map(([code, [status, retry, title]]) => [code, { status, retry, title }]),
    ),
  };
}

function operation(components: Components, endpoint: Endpoint): JsonSchema {
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    tags: [endpoint.path.split("/")[2] ?? "system"],
    security: security(endpoint),
    ...parameters(components, endpoint),
    ...(endpoint.body && {
      requestBody: { required: true, content: json(components.add(endpoint.body, "input")) },
    }),
    ...(endpoint.form && {
      requestBody: {
        required: true,
        content: { "multipart/form-data": { schema: components.add(endpoint.form, "input") } },
      },
    }),
    responses: {
      ...refusals(endpoint),
      ...(endpoint.file && downloads(endpoint.file)),
      ...Object.fromEntries(
        Object.entries(endpoint.answers).map(([status, schema]) => [
          status,
          {
            description: statusText(status),
            ...(schema && { content: json(components.add(schema, "output")) }),
          },
        ]),
      ),
    },
  };
}

function security(endpoint: Endpoint): JsonSchema[] {
  if (endpoint.auth === "none") return [];
  return endpoint.auth === "optional" ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

function parameters(components: Components, endpoint: Endpoint): { parameters?: JsonSchema[] } {
  const list: JsonSchema[] = (["path", "query"] as const).flatMap((place) => {
    const schema = place === "path" ? endpoint.params : endpoint.query;
    return Object.entries(schema?.shape ?? {}).map(([name, one]) => {
      const described = components.add(one as z.ZodType, "input");
      return {
        name,
        in: place,
        required: place === "path" || !(one as z.ZodType).safeParse(undefined).success,
        // A list is one value, with commas.
        ...(described["type"] === "array" && { style: "form", explode: false }),
        schema: described,
      };
    });
  });
  if (endpoint.file) list.push(...conditions);
  return list.length > 0 ? { parameters: list } : {};
}

/** What may be asked of a file (RFC 9110, 13 and 14). */
const conditions = ["Range", "If-Range", "If-None-Match"].map((name) => ({
  name,
  in: "header",
  required: false,
  schema: { type: "string" },
}));

/** What is said of it. */
const aboutFiles = ["ETag", "Accept-Ranges", "Content-Disposition", "Content-Range"];

/** What a call may refuse: its own reasons, and those of the checks that every call goes through. */
export function errorsOf(endpoint: Endpoint): ErrorCode[] {
  return [
    ...(endpoint.errors ?? []),
    ...(endpoint.auth === "none" ? [] : (["unauthorized"] as const)),
    ...(endpoint.embedded ? (["bad_origin"] as const) : []),
    ...(endpoint.params || endpoint.query || endpoint.body ? (["validation"] as const) : []),
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

function refusals(endpoint: Endpoint): JsonSchema {
  const byStatus = Map.groupBy(new Set(errorsOf(endpoint)), (code) => catalogue[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${catalogue[code][2]}`).join(" "),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}

/** A file, a part of it, or nothing where the one who asks has it already. */
function downloads(type: string): JsonSchema {
  const content = { [type]: { schema: { type: "string", format: "binary" } } };
  const headers = Object.fromEntries(aboutFiles.map((name) => [name, { schema: { type: "string" } }]));
  return {
    200: { description: statusText(200), content, headers },
    206: { description: statusText(206), content, headers },
    304: { description: statusText(304), headers },
  };
}

/** As HTTP calls it (RFC 9110, 15). The module is loaded only here: with it every start would take 5 ms longer. */
function statusText(status: number | string): string {
  return process.getBuiltinModule("node:http").STATUS_CODES[status] ?? "";
}

function json(schema: JsonSchema): JsonSchema {
  return { "application/json": { schema } };
}
