import { answer, endpoint, type Feature } from "../../core/feature.ts";
import * as wire from "./schema.ts";
import type { System } from "./service.ts";

export function systemApi(system: System): Feature {
  return {
    endpoints: [
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
    ],
  };
}
