import { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";

import type { Command } from "../../core/feature.ts";
import { cursor } from "../../core/wire.ts";
import { exampleOf } from "./example.ts";

/** A part of a document. */
export type Json = Record<string, unknown>;

/** What the WebSocket door says of itself. */
export interface SocketContract {
  /** Frames of clients, with the fields that every frame may carry. */
  commands: readonly Command[];
  /** Durable events: those with a schema are sent. */
  events: readonly { type: string; summary: string; schema?: z.ZodObject }[];
  /** What is sent without a cursor, and not told again. */
  signals: readonly { type: string; summary: string; schema: z.ZodObject }[];
  /** What the socket itself sends. */
  serverFrames: Readonly<Record<string, z.ZodObject>>;
  closeCodes: Readonly<Record<string, number>>;
}

/** A frame in the document; `key` names it there. */
interface Message {
  key: string;
  type: string;
  summary: string;
  schema: z.ZodObject;
}

/** The AsyncAPI 3.0 document of the WebSocket, from the schemas that validate and make its frames. */
export function asyncApi(contract: SocketContract, version: string): Json {
  const received = contract.commands.map((one): Message => ({ ...one, key: one.type }));
  const acks = contract.commands.flatMap(acknowledgement);
  const frames = Object.entries(contract.serverFrames).map(([type, schema]): Message => ({
    key: type,
    type,
    summary: schema.description ?? "",
    schema,
  }));
  const events = contract.events.flatMap(({ type, summary, schema }): Message[] =>
    schema ? [{ key: type, type, summary, schema: schema.extend({ cursor }) }] : [],
  );
  const signals = contract.signals.map((one): Message => ({ ...one, key: `told_${one.type}` }));
  const sent = [...frames, ...acks, ...events, ...signals];
  const { messages, schemas } = components([...received, ...sent]);
  return {
    asyncapi: "3.0.0",
    defaultContentType: "application/json",
    info: {
      title: "Parley",
      version,
      license: { name: "MIT" },
      description:
        "One JSON object per text frame. Events carry a `cursor`: keep the last one you have applied, and come " +
        "back with `?since=<cursor>`. Close codes: " +
        Object.entries(contract.closeCodes)
          .map(([name, code]) => `${code} ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`)
          .join(", ") +
        ".",
      tags: [{ name: "chat", description: "What clients send, and what the server tells them." }],
    },
    servers: {
      local: {
        host: "127.0.0.1:8000",
        protocol: "ws",
        description: "On the same machine, as the server begins.",
        security: [{ $ref: "#/components/securitySchemes/token" }],
      },
      public: {
        host: "{host}",
        protocol: "wss",
        description: "Behind a proxy with TLS.",
        variables: { host: { default: "chat.example.org", description: "The host of PUBLIC_URL." } },
        security: [{ $ref: "#/components/securitySchemes/token" }],
      },
    },
    channels: channels(Object.keys(messages)),
    operations: {
      ...Object.fromEntries(
        received.map(({ key, summary }) => [
          key,
          {
            action: "receive",
            channel: socket,
            summary,
            messages: refer([key]),
            reply: { channel: socket, messages: refer([key === "ping" ? "pong" : `ack_${key}`, "error"]) },
          },
        ]),
      ),
      tell: {
        action: "send",
        channel: socket,
        summary: "What the server sends.",
        messages: refer(sent.map(({ key }) => key)),
      },
    },
    components: {
      messages,
      schemas,
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description:
            "The access token of a session, or a ticket for it: the description of the channel says how.",
        },
      },
    },
  };
}

function acknowledgement({ type, ack }: Command): Message[] {
  if (type === "ping") return [];
  const schema = z.object({ request_id: z.string(), ...ack.shape });
  return [{ key: `ack_${type}`, type: "ack", summary: `Acknowledges \`${type}\`.`, schema }];
}

/** The messages, and the schemas of their payloads by name: `NewMessageFrame` is the one of `new_message`. */
function components(all: Message[]): { messages: Record<string, Json>; schemas: unknown } {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  const messages: Record<string, Json> = {};
  for (const { key, type, summary, schema } of all) {
    const name = `${key.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Frame`;
    openAPIRegistry.register(name, z.object({ type: z.literal(type), ...schema.shape }));
    messages[key] = {
      name: type,
      title: name,
      summary,
      payload: { $ref: `#/components/schemas/${name}` },
      examples: [{ payload: { type, ...(exampleOf(schema) as object) } }],
    };
  }
  const { components } = getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
  return { messages, schemas: components?.schemas };
}

const socket = { $ref: "#/channels/socket" };

function refer(keys: string[]) {
  return keys.map((key) => ({ $ref: `#/channels/socket/messages/${key}` }));
}

/** The two addresses of the socket. */
function channels(keys: string[]): Json {
  const messages = Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }]));
  const since = {
    type: "string",
    description: "The last cursor that you have applied: what happened after it is sent.",
  };
  const text = (description: string) => ({ type: "string", description });
  return {
    socket: {
      address: "/ws",
      description:
        "There are four ways to say who connects: the `Authorization` header, as for REST calls; the subprotocols " +
        "`chat.v1, bearer.<access_token>`, for browsers; `?ticket=` with a ticket of POST /api/auth/ws-ticket; or the " +
        "access token as the last part of the path (the channel `socketWithToken`).",
      messages,
      bindings: {
        ws: {
          method: "GET",
          headers: {
            type: "object",
            properties: {
              Authorization: text("`Bearer <access_token>`"),
              "Sec-WebSocket-Protocol": text("`chat.v1, bearer.<access_token>`; `chat.v1` is answered."),
            },
          },
          query: {
            type: "object",
            properties: { ticket: text("Good for 30 seconds, and once."), since },
          },
          bindingVersion: "0.1.0",
        },
      },
    },
    socketWithToken: {
      address: "/ws/{access_token}",
      description: "The same, with the access token in the path; logs leave it out.",
      parameters: { access_token: { description: "Of an answer to /api/auth/login, for example." } },
      messages,
      bindings: {
        ws: { method: "GET", query: { type: "object", properties: { since } }, bindingVersion: "0.1.0" },
      },
    },
  };
}
