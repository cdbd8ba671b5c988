import { z } from "zod";

import { ChatError } from "../../core/errors.ts";
import { answer, type Endpoint, endpoint, type Feature } from "../../core/feature.ts";
import { asyncApi, type SocketContract } from "./asyncapi.ts";
import { openApi } from "./openapi.ts";
import { asyncApiPage, pageAsset, redocPage, swaggerPage } from "./pages.ts";
import * as wire from "./schema.ts";
import type { System } from "./service.ts";

export interface Documented {
  version: string;
  /** Every endpoint of the server but those of this feature. */
  endpoints: readonly Endpoint[];
  socket: SocketContract;
}

export function systemApi(system: System, documented: Documented): Feature {
  const document = z.record(z.string(), z.unknown());
  const endpoints: Endpoint[] = [
    endpoint({
      method: "get",
      path: "/",
      name: "getInfo",
      summary: "About this server; a browser is sent to /docs",
      auth: "none",
      answers: { 200: wire.Info, 302: null },
      run({ origin }) {
        const headers = { Vary: "Accept" };
        if (!origin.accept.includes("text/html")) return Response.json(system.info(), { headers });
        return new Response(null, { status: 302, headers: { ...headers, Location: "/docs" } });
      },
    }),
    endpoint({
      method: "get",
      path: "/health",
      name: "getHealth",
      summary: "Whether the server can do its work",
      auth: "none",
      answers: { 200: wire.Health, 503: wire.Health },
      run() {
        const health = system.health();
        return answer(health.status === "ok" ? 200 : 503, health);
      },
    }),
    endpoint({
      method: "get",
      path: "/api/status",
      name: "getStatus",
      summary: "Counts, for those who are signed in",
      auth: "optional",
      answers: { 200: wire.Status },
      run: async ({ actor }) => answer(200, await system.status(actor)),
    }),
    endpoint({
      method: "get",
      path: "/openapi.json",
      name: "getOpenApi",
      summary: "The OpenAPI document of the REST calls",
      auth: "none",
      answers: { 200: document },
      run: () => answer(200, openApiDocument()),
    }),
    endpoint({
      method: "get",
      path: "/asyncapi.json",
      name: "getAsyncApi",
      summary: "The AsyncAPI document of the WebSocket",
      auth: "none",
      answers: { 200: document },
      run: () => answer(200, asyncApiDocument()),
    }),
    page("/docs", swaggerPage),
    page("/redoc", redocPage),
    page("/asyncapi", () => asyncApiPage(asyncApiDocument())),
    endpoint({
      method: "get",
      path: "/_docs/{name}",
      name: "getPageAsset",
      summary: "A file of the pages",
      auth: "none",
      page: true,
      params: z.object({ name: z.string() }),
      answers: {},
      async run({ params }) {
        const asset = await pageAsset(params.name);
        if (!asset) throw new ChatError("not_found");
        return asset;
      },
    }),
  ];
  const openApiDocument = once(() => openApi([...documented.endpoints, ...endpoints], documented.version));
  const asyncApiDocument = once(() => asyncApi(documented.socket, documented.version));
  return { endpoints };
}

function page(path: string, run: () => Response): Endpoint {
  return endpoint({
    method: "get",
    path,
    name: `page${path}`,
    summary: "",
    auth: "none",
    page: true,
    answers: {},
    run,
  });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
