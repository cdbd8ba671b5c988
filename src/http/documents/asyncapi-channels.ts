/** The channels of the AsyncAPI document: the two addresses of the socket. */
import type { Json } from "./json.ts";

export function channels(keys: string[]): Json {
  const messages = Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }]));
  return {
    socket: {
      address: "/ws",
      description:
        "There are four ways to say who connects: the `Authorization` header, as for REST calls; the subprotocols " +
        "`chat.v1, bearer.<access_token>`, for browsers; `?ticket=` with a ticket of POST /api/auth/ws-ticket; or the " +
        "access token as the last part of the path (the channel `socketWithToken`).",
      messages,
      bindings: { ws: { method: "GET", headers, query: query({ ticket, since }), bindingVersion } },
    },
    socketWithToken: {
      address: "/ws/{access_token}",
      description: "The same, with the access token in the path; logs leave it out.",
      parameters: { access_token: { description: "Of an answer to /api/auth/login, for example." } },
      messages,
      bindings: { ws: { method: "GET", query: query({ since }), bindingVersion } },
    },
  };
}

const bindingVersion = "0.1.0";

const since = text("The last cursor that you have applied: what happened after it is sent.");
const ticket = text("Good for 30 seconds, and once.");

const headers = {
  type: "object",
  properties: {
    Authorization: text("`Bearer <access_token>`"),
    "Sec-WebSocket-Protocol": text("`chat.v1, bearer.<access_token>`; `chat.v1` is answered."),
  },
};

function query(properties: Json) {
  return { type: "object", properties };
}

function text(description: string) {
  return { type: "string", description };
}
