/** Endpoints for the API documents, OpenAPI and AsyncAPI, and for the pages that show them. */
import { z } from "zod";

import { ChatError } from "../../core/errors.ts";
import { answer, type Endpoint, endpoint } from "../../feature.ts";
import { asyncApi, type SocketContract } from "./asyncapi.ts";
import type { Json } from "./json.ts";
import { answerPage, asyncApiPage, type Page, pageAsset, redocPage, swaggerPage } from "./pages.ts";

const Document = z.looseObject({});

interface Documented {
  version: string;
  /** The routes' own. */
  openApi(): Json;
  socket: SocketContract;
}

export function documents({ version, openApi, socket }: Documented): Endpoint[] {
  const openApiDocument = once(openApi);
  const asyncApiDocument = once(() => asyncApi(socket, version));
  return [
    document("openapi", "getOpenApi", "The OpenAPI document of the REST calls", openApiDocument),
    document("asyncapi", "getAsyncApi", "The AsyncAPI document of the WebSocket", asyncApiDocument),
    page("/docs", swaggerPage),
    page("/redoc", redocPage),
    page("/asyncapi", () => asyncApiPage(asyncApiDocument())),
    pageAssets,
  ];
}

function document(file: string, name: string, summary: string, make: () => Json): Endpoint {
  return endpoint({
    method: "get",
    path: `/${file}.json`,
    name,
    summary,
    auth: "none",
    answers: { 200: Document },
    run: () => answer(200, make()),
  });
}

function page(path: string, make: () => Page): Endpoint {
  const made = once(make);
  return endpoint({
    method: "get",
    path,
    name: `page${path}`,
    summary: "",
    auth: "none",
    page: true,
    answers: {},
    run: () => answerPage(made()),
  });
}

const pageAssets = endpoint({
  method: "get",
  path: "/_docs/{folder}/{name}",
  name: "getPageAsset",
  summary: "A file of the pages",
  auth: "none",
  page: true,
  params: z.object({ folder: z.string(), name: z.string() }),
  answers: {},
  async run(_, { params }) {
    const asset = await pageAsset(`${params.folder}/${params.name}`);
    if (!asset) throw new ChatError("not_found");
    return asset;
  },
});

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
