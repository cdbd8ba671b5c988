import type { OpenAPIHono } from "@hono/zod-openapi";

import { catalogue } from "../../core/errors.ts";
import type { Json } from "./json.ts";
import { tags } from "./tags.ts";

/** By its name in the list of SPDX, which 3.1 has and the package's types do not. */
const license = { name: "MIT", identifier: "MIT" };

/** The OpenAPI 3.1 document of the routes in the registry of `app`. */
export function openApi(app: Pick<OpenAPIHono, "getOpenAPI31Document">, version: string): Json {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version,
      license,
      description:
        "Chat over REST; what happens is told over WebSocket ([/asyncapi](/asyncapi)). Times are ISO 8601 in UTC, ids " +
        "are integers below 2^53, and unknown request fields are ignored. To try calls on [/docs](/docs), register or sign in " +
        "there: the other calls are then signed in, too.",
    },
    servers: [{ url: "/", description: "The server that this document comes from" }],
    tags: [...tags],
    "x-error-codes": Object.fromEntries(
      Object.entries(catalogue).map(([code, [status, retry, title]]) => [code, { status, retry, title }]),
    ),
  });
  return { ...document };
}
