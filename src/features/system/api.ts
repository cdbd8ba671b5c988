import { answer, endpoint, type Endpoint } from "../../feature.ts";
import * as wire from "./schema.ts";
import { getHealth } from "./health.ts";
import { getInfo } from "./info.ts";
import { getStatus } from "./status.ts";

export const routes: Endpoint[] = [
  endpoint({
    method: "get",
    path: "/",
    name: "getInfo",
    summary: "About this server; a browser is sent to /docs",
    auth: "none",
    answers: { 200: wire.Info, 302: null },
    async run(kit, { origin }) {
      const headers = { Vary: "Accept" };
      if (!origin.accept.includes("text/html")) return Response.json(await getInfo(kit), { headers });
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
    run(kit) {
      const health = getHealth(kit);
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
    run: async (kit, { actor }) => answer(200, await getStatus(kit, actor)),
  }),
];
