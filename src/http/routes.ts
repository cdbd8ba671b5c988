/** Routing: which endpoint a request is for. */
import { OpenAPIHono } from "@hono/zod-openapi";

import { ChatError } from "../core/errors.ts";
import { BodyMemory } from "./body-memory.ts";
import { callOf } from "./call.ts";
import { answerOrigins } from "./cors.ts";
import type { HttpDeps } from "./deps.ts";
import { documents } from "./documents/documents.ts";
import { openApi } from "./documents/openapi.ts";
import { problem, refuse } from "./errors.ts";
import type { RequestContext } from "./request-context.ts";
import { routeOf } from "./route.ts";
import { sdk } from "./sdk/sdk.ts";

/** Answers every request for a path other than a socket's; never throws. */
export type Routes = (request: Request, context: RequestContext) => Response | Promise<Response>;

export function createRoutes(deps: HttpDeps): Routes {
  const { log, settings } = deps.kit;
  const memory = new BodyMemory(deps.bodies.memory);
  const app = new OpenAPIHono<{ Bindings: RequestContext }>({ strict: false });
  if (settings.corsOrigins.length > 0) app.use(answerOrigins(settings.corsOrigins));
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", bearer);
  const { version, socket } = deps;
  const described = documents({ version, socket, openApi: () => openApi(app, version) });
  const endpoints = [...deps.endpoints, ...described, ...sdk].map((one) => ({ ...one, route: routeOf(one) }));
  for (const [path, here] of byPath(endpoints)) {
    for (const one of here) {
      // What comes in is read and validated by `callOf`, in the same way as frames are.
      if (!one.page) app.openAPIRegistry.registerPath(one.route);
      const call = callOf(deps, memory, one);
      app.on(one.method.toUpperCase(), path, (context) =>
        call(context.req.raw, context.req.param() as Record<string, string>, context.env),
      );
    }
    app.all(path, (context) => {
      const methods = here.flatMap((one) => (one.method === "get" ? ["get", "head"] : [one.method]));
      const allow = methods.join(", ").toUpperCase();
      const error = new ChatError("method_not_allowed", `This path knows ${allow}.`);
      const refusal = problem(error, context.env.requestId);
      refusal.headers.set("Allow", allow);
      return refusal;
    });
  }
  app.notFound((context) => problem(new ChatError("not_found"), context.env.requestId));
  // Answered here, so that refusals too get the headers that a page of another origin needs to read them.
  app.onError((error, context) => {
    const { requestId } = context.env;
    return refuse(log, error, requestId);
  });
  return (request, context) => app.fetch(asGet(request), context);
}

/** HEAD is answered as GET, and Bun leaves the body out: so Content-Length is the one of GET. */
function asGet(request: Request): Request {
  return request.method === "HEAD" ? new Request(request, { method: "GET" }) : request;
}

/** Fixed paths come first: `/chats/direct` is not the chat whose id is `direct`, whatever the method. */
function byPath<T extends { route: ReturnType<typeof routeOf> }>(endpoints: T[]): [string, T[]][] {
  const paths = [...Map.groupBy(endpoints, ({ route }) => route.getRoutingPath())];
  return paths.sort(([one], [other]) => one.split(":").length - other.split(":").length);
}

const bearer = {
  type: "http" as const,
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "The `access_token` of an answer to `/api/auth/register`, `login` or `refresh`.",
};
