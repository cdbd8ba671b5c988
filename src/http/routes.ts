/** Which call a request is. */
import { Hono } from "hono";

import { ChatError } from "../core/errors.ts";
import { type Asked, callOf } from "./call.ts";
import { answerOrigins } from "./cors.ts";
import type { HttpDeps } from "./deps.ts";
import { problem, refuse } from "./errors.ts";
import { BodyRoom } from "./room.ts";

/** Answers every request for a path other than a socket's; never throws. */
export type Routes = (request: Request, asked: Asked) => Response | Promise<Response>;

export function createRoutes(deps: HttpDeps): Routes {
  const room = new BodyRoom(deps.bodies.room);
  const app = new Hono<{ Bindings: Asked }>({ strict: false });
  if (deps.corsOrigins.length > 0) app.use(answerOrigins(deps.corsOrigins));
  for (const endpoint of deps.endpoints) {
    const call = callOf(deps, room, endpoint);
    app.on(endpoint.method.toUpperCase(), routeOf(endpoint.path), (context) =>
      call(context.req.raw, context.req.param(), context.env),
    );
  }
  for (const [path, endpoints] of Map.groupBy(deps.endpoints, (one) => routeOf(one.path))) {
    app.all(path, (context) => {
      const methods = endpoints.flatMap((one) => (one.method === "get" ? ["get", "head"] : [one.method]));
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
    return refuse(deps.log, error, requestId);
  });
  return (request, asked) => app.fetch(asGet(request), asked);
}

/** HEAD is answered as GET, and Bun leaves the body out: so Content-Length is the one of GET. */
function asGet(request: Request): Request {
  return request.method === "HEAD" ? new Request(request, { method: "GET" }) : request;
}

/** `/chats/{chat_id}` as Hono writes it. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}
